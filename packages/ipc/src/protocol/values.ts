import { CAPABILITY_NAMES, STORAGE_ERROR_CODES } from '@outrigger/driver';
import { z } from 'zod';

/** A byte count or position. JSON numbers are exact up to 2^53 - 1. */
export const Bytes = z.int().nonnegative();

/** Unix time in milliseconds. */
export const Time = z.int();

/** An absolute path inside the store; `/` only where a directory is meant. */
export const Path = z.string().max(1024);

/** A path in a request. Any string: the driver answers a bad one with INVALID_PATH, whatever is wrong with it. */
export const RequestPath = z.string();

/** Content in base64 (RFC 4648 section 4, padded). */
export const Base64 = z.string();

/** Opaque; names the content, see the read method. */
export const Version = z.string().max(256);

export const FileInfoValue = z.object({
  path: Path,
  size: Bytes.describe('0 for a directory'),
  modTime: Time,
  isDir: z.boolean(),
  version: Version.optional(),
});

export const DataPlane = z.enum(['inline', 'socket', 'file']);
export type DataPlane = z.infer<typeof DataPlane>;

const switches = CAPABILITY_NAMES.map((name) => [name, z.boolean().optional()] as const);

export const CapabilitiesValue = z.looseObject({
  ...(Object.fromEntries(switches) as Record<(typeof CAPABILITY_NAMES)[number], z.ZodOptional<z.ZodBoolean>>),
  roots: z.array(z.string().max(4096)).max(16).optional(),
});

/** `data` of a JSON-RPC error whose code is one of a storage error. */
export const ErrorData = z.object({
  code: z.enum(STORAGE_ERROR_CODES),
  path: z.string().optional(),
  driver: z.string().optional(),
  offset: z.number().optional(),
  size: z.number().optional(),
  retryable: z.boolean().optional(),
});
