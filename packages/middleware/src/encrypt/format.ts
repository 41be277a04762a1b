import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/*
 * An encrypted object:
 *
 *   header (64): magic (8) | id of the master key (16, padded with zeros) | salt (32) | zeros (8)
 *   chunks, at least one: nonce (12) | ciphertext of up to 64 KiB | tag (16)
 *
 * Each object has a key of its own: HKDF-SHA-256 of the master key, with the salt and with the whole header. Each chunk is
 * AES-256-GCM with a random nonce; its number and whether it is the last one are authenticated with it, so that chunks cannot be
 * left out, cut off, put in another order or into another object. Only the last chunk may be short, and only that of an empty object empty:
 * the size of the content follows from the size of the object.
 */

/** Bytes of content in a chunk. */
export const CHUNK = 64 * 1024;

const NONCE = 12;
const TAG = 16;
const OVERHEAD = NONCE + TAG;

/** Bytes of a full chunk as it is stored. */
export const STORED_CHUNK = CHUNK + OVERHEAD;

const MAGIC = Buffer.from('OUTRENC1');
const KEY_ID = 16;
const SALT = 32;
export const HEADER = 64;

/** What key ids may be. */
export const KEY_ID_PATTERN = /^[A-Za-z0-9._-]{1,16}$/;

/** The size of the content of a stored object; what is too short to be one has none. */
export function contentSize(stored: number): number {
  const body = stored - HEADER;
  return Math.max(0, body - Math.ceil(body / STORED_CHUNK) * OVERHEAD);
}

export function storedSize(content: number): number {
  return HEADER + content + Math.max(1, Math.ceil(content / CHUNK)) * OVERHEAD;
}

export function createHeader(keyId: string): Buffer {
  const header = Buffer.alloc(HEADER);
  MAGIC.copy(header);
  header.write(keyId, MAGIC.length, KEY_ID, 'latin1');
  randomBytes(SALT).copy(header, MAGIC.length + KEY_ID);
  return header;
}

/** The id of the master key; undefined when this is no header. */
export function keyIdOf(header: Uint8Array): string | undefined {
  const bytes = Buffer.from(header.buffer, header.byteOffset, header.length);
  if (bytes.length < HEADER || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const id = bytes.toString('latin1', MAGIC.length, MAGIC.length + KEY_ID).replace(/\0+$/, '');
  return KEY_ID_PATTERN.test(id) ? id : undefined;
}

/** What the key of an object is for: content, or the rest of an upload that goes on. */
type Purpose = 'content' | 'upload';

/** The key of one object. */
export function objectKey(master: Uint8Array, header: Uint8Array, purpose: Purpose): Uint8Array {
  const salt = header.subarray(MAGIC.length + KEY_ID, MAGIC.length + KEY_ID + SALT);
  const info = Buffer.concat([Buffer.from(`outrigger encrypt ${purpose}\0`), header]);
  return new Uint8Array(hkdfSync('sha256', master, salt, info, 32));
}

/** @param into - takes the chunk as it is stored, `plain.length + 28` bytes */
export function sealChunk(
  key: Uint8Array,
  { index, isLast }: ChunkPlace,
  plain: Uint8Array,
  into: Buffer,
): void {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(additional(index, isLast));
  const sealed = cipher.update(plain);
  cipher.final();
  nonce.copy(into);
  sealed.copy(into, NONCE);
  cipher.getAuthTag().copy(into, NONCE + sealed.length);
}

/** The content of a chunk; undefined when it is not authentic at this place. */
export function openChunk(
  key: Uint8Array,
  { index, isLast }: ChunkPlace,
  stored: Buffer,
): Buffer | undefined {
  if (stored.length < OVERHEAD) return undefined;
  const end = stored.length - TAG;
  const decipher = createDecipheriv('aes-256-gcm', key, stored.subarray(0, NONCE))
    .setAAD(additional(index, isLast))
    .setAuthTag(stored.subarray(end));
  const plain = decipher.update(stored.subarray(NONCE, end));
  try {
    decipher.final();
    return plain;
  } catch {
    return undefined;
  }
}

export interface ChunkPlace {
  readonly index: number;
  readonly isLast: boolean;
}

function additional(index: number, isLast: boolean): Buffer {
  const bytes = Buffer.alloc(9);
  bytes.writeBigUInt64BE(BigInt(index));
  bytes[8] = isLast ? 1 : 0;
  return bytes;
}

/** A whole small object. */
export function sealWhole(key: Uint8Array, header: Buffer, content: Uint8Array): Buffer {
  const stored = Buffer.allocUnsafeSlow(storedSize(content.length));
  header.copy(stored);
  const last = Math.max(0, Math.ceil(content.length / CHUNK) - 1);
  for (let index = 0; index <= last; index++) {
    const plain = content.subarray(index * CHUNK, (index + 1) * CHUNK);
    const start = HEADER + index * STORED_CHUNK;
    sealChunk(key, { index, isLast: index === last }, plain, stored.subarray(start));
  }
  return stored;
}

/** The content of a whole object; undefined when any of it is not authentic. */
export function openWhole(key: Uint8Array, stored: Buffer): Buffer | undefined {
  const chunks: Buffer[] = [];
  const last = lastChunk(stored.length);
  for (let index = 0; index <= last; index++) {
    const start = HEADER + index * STORED_CHUNK;
    const chunk = openChunk(
      key,
      { index, isLast: index === last },
      stored.subarray(start, start + STORED_CHUNK),
    );
    if (chunk === undefined) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The number of the last chunk of a stored object. */
export function lastChunk(stored: number): number {
  return Math.max(0, Math.ceil((stored - HEADER) / STORED_CHUNK) - 1);
}
