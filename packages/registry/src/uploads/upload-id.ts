import { randomBytes } from 'node:crypto';
import { RegistryError } from '../registry-error.js';

/** A UUID of version 7 (RFC 9562, 5.7), as Distribution 3 makes them: sorted by time, 74 random bits. */
export function newUploadId(now = Date.now()): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/**
 * Any version of UUID is taken: Distribution 2 made version 4.
 *
 * @throws RegistryError BLOB_UPLOAD_UNKNOWN
 */
export function checkUploadId(id: string): void {
  if (!UUID_PATTERN.test(id)) throw uploadUnknown();
}

export function uploadUnknown(): RegistryError {
  return new RegistryError('BLOB_UPLOAD_UNKNOWN', 'upload unknown to the registry');
}

const UUID_PATTERN = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
