import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Algorithm } from '../reference/digest.js';
import { isAlgorithm } from '../reference/digest.js';
import { uploadUnknown } from './upload-id.js';

/** What a client carries from one request of an upload to the next. */
export interface UploadState {
  readonly name: string;
  readonly id: string;
  /** Bytes that were durable when the token was made. */
  readonly offset: number;
  readonly startedAt: Date;
  /** Whose upload it is; undefined where it was begun without access control, or by Distribution. */
  readonly subject?: string | undefined;
  /** Of the digest that is to end it, where the client has said so at the begin. */
  readonly algorithm?: Algorithm | undefined;
  /** The store may not know of it yet, see `unstored-uploads.ts`. */
  readonly isUnstored?: true | undefined;
}

/**
 * The `_state` of an upload's location, byte-compatible with Distribution (registry/handlers/hmac.go): base64url,
 * padded, of HMAC-SHA256 of the JSON followed by the JSON.
 */
export function packUploadState(secret: Uint8Array, state: UploadState): string {
  const { name, id, offset, startedAt, subject: Subject, algorithm: Algorithm, isUnstored: Unstored } = state;
  // Distribution passes over the last ones; JSON leaves them out where they are not known.
  const fields = {
    Name: name,
    UUID: id,
    Offset: offset,
    StartedAt: startedAt.toISOString(),
    Subject,
    Algorithm,
    Unstored,
  };
  const message = Buffer.from(JSON.stringify(fields), 'utf8');
  const token = Buffer.concat([sign(secret, message), message]).toString('base64url');
  return token.padEnd(Math.ceil(token.length / 4) * 4, '=');
}

/**
 * @returns the state that this registry, or another with the same secret, has signed for this upload
 * @throws RegistryError BLOB_UPLOAD_UNKNOWN for anything else, without saying what is wrong with it
 */
export function unpackUploadState(secret: Uint8Array, token: string, name: string, id: string): UploadState {
  const state = parse(verify(secret, token));
  if (state?.name !== name || state.id !== id) throw uploadUnknown();
  return state;
}

const MAC_LENGTH = 32;
const MAX_TOKEN_LENGTH = 4096;
const TOKEN_PATTERN = /^[A-Za-z0-9_-]+={0,2}$/;

function sign(secret: Uint8Array, message: Uint8Array): Buffer {
  return createHmac('sha256', secret).update(message).digest();
}

function verify(secret: Uint8Array, token: string): Buffer {
  if (token.length > MAX_TOKEN_LENGTH || token.length % 4 !== 0 || !TOKEN_PATTERN.test(token))
    throw uploadUnknown();
  const bytes = Buffer.from(token, 'base64url');
  const message = bytes.subarray(MAC_LENGTH);
  const isSigned =
    bytes.length > MAC_LENGTH && timingSafeEqual(bytes.subarray(0, MAC_LENGTH), sign(secret, message));
  if (!isSigned) throw uploadUnknown();
  return message;
}

function parse(message: Buffer): UploadState | undefined {
  const fields = JSON.parse(message.toString('utf8')) as Record<string, unknown> | null;
  const { Name: name, UUID: id, Offset: offset, StartedAt: started, Subject: subject } = fields ?? {};
  if (typeof name !== 'string' || typeof id !== 'string' || typeof started !== 'string') return undefined;
  if (subject !== undefined && typeof subject !== 'string') return undefined;
  const startedAt = new Date(started);
  const isSound = Number.isSafeInteger(offset) && !Number.isNaN(startedAt.getTime());
  const algorithm = parseAlgorithm(fields?.Algorithm);
  const isUnstored = fields?.Unstored === true ? true : undefined;
  return isSound
    ? { name, id, offset: Number(offset), startedAt, subject, algorithm, isUnstored }
    : undefined;
}

function parseAlgorithm(field: unknown): Algorithm | undefined {
  return typeof field === 'string' && isAlgorithm(field) ? field : undefined;
}
