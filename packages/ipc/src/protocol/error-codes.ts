import type { StorageErrorCode } from '@outrigger/driver';

/** JSON-RPC error numbers of the storage errors. */
export const STORAGE_ERROR_NUMBERS: Readonly<Record<StorageErrorCode, number>> = {
  PATH_NOT_FOUND: 1001,
  INVALID_PATH: 1002,
  INVALID_OFFSET: 1003,
  UNSUPPORTED: 1004,
  ALREADY_CLOSED: 1005,
  QUOTA_EXCEEDED: 1006,
  UNAVAILABLE: 1007,
  CANCELLED: 1008,
  INTERNAL: 1009,
};

/** JSON-RPC error numbers of the handshake, besides JSON-RPC's own (-32601 unknown method, -32602 bad params). */
export const HANDSHAKE_ERROR_NUMBERS = {
  /** A request before `initialize`. LSP's number for the same. */
  NOT_INITIALIZED: -32002,
  /** A second `initialize`. */
  ALREADY_INITIALIZED: 1101,
  /** `data.protocolVersions` has the majors that the driver speaks. */
  NO_COMMON_VERSION: 1102,
  /** The driver's parameters are wrong. `data.issues` names the keys, never the values. */
  INVALID_PARAMETERS: 1103,
} as const;
