import type { Parameters } from '@outrigger/driver';

/** In bytes. Longer maps are left to `initialize`: Linux takes 128 KiB in one argument. */
const MAX_ARGUMENT = 64 * 1024;

/**
 * Argument 1 of a driver: the JSON map of the parameters that are not secret. argv is readable by every user of the machine;
 * `initialize` replaces the map by the complete one.
 */
export function driverArgument(open: Parameters): string {
  const json = JSON.stringify(open);
  return Buffer.byteLength(json) > MAX_ARGUMENT || json.includes('\\u0000') ? '{}' : json;
}
