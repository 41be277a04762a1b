import type { Capabilities } from '@outrigger/driver';

/** At the most; `copy` wants the extension copy-data, which OpenSSH has since 9.0. */
export const CAPABILITIES = {
  walk: true,
  copy: true,
  atomicMove: true,
  atomicDirectoryMove: true,
  isolatedWriters: true,
  commitTo: true,
} as const satisfies Capabilities;
