import type { FileWriter } from '@outrigger/driver';
import { isStorageError } from '@outrigger/driver';
import type { Body } from '../content/receive.js';
import { receive } from '../content/receive.js';
import { deleteIfPresent } from '../layout/delete-if-present.js';
import { upload, uploadData } from '../layout/paths.js';
import type { Algorithm } from '../reference/digest.js';
import { isRegistryError } from '../registry-error.js';
import type { Store } from '../store.js';
import type { UploadRef } from './started-at.js';
import { changeStartedAt, readStartedAt, writeStartedAt } from './started-at.js';
import { UploadOffsetError, brokenBody } from './upload-errors.js';
import type { UploadHash, UploadHashes } from './upload-hash.js';
import { createUploadHashes, emptyHash } from './upload-hash.js';
import type { UnstoredUploads } from './unstored-uploads.js';
import { createUnstoredUploads } from './unstored-uploads.js';
import { newUploadId } from './upload-id.js';
import type { UploadQuota } from './upload-quota.js';
import type { UploadState } from './upload-token.js';

/** The uploads of one process over a store that other processes use as well. */
export interface Uploads {
  readonly store: Store;
  readonly hashes: UploadHashes;
  /** The uploads that are being written to here, with their durable sizes before that. */
  readonly active: Map<string, number>;
  readonly unstored: UnstoredUploads;
  /** Undefined: everybody may have as many as they like. */
  readonly quota?: UploadQuota | undefined;
}

export function createUploads(store: Store, quota?: UploadQuota): Uploads {
  const unstored = createUnstoredUploads(store.presence.family);
  return { store, hashes: createUploadHashes(), active: new Map(), unstored, quota };
}

/** A piece of an upload, as a client sends it. */
export interface Chunk {
  readonly body: Body;
  /** The first byte, where the client says it (Content-Range); otherwise the token's offset counts. */
  readonly start?: number | undefined;
}

/** @param algorithm - of the digest that will end the upload, as far as it is known */
export async function startUpload(
  uploads: Uploads,
  name: string,
  algorithm: Algorithm,
): Promise<UploadState> {
  const { store, hashes, unstored } = uploads;
  const startedAt = new Date();
  const id = newOwnId(store, startedAt);
  const state: UploadState = { name, id, offset: 0, startedAt };
  hashes.set(id, emptyHash(algorithm));
  if (store.presence.family.isAlone()) {
    unstored.begin(state);
    return { ...state, isUnstored: true };
  }
  await writeStartedAt(store, name, id, startedAt);
  return state;
}

/** One of a few tries is for this process of its family. */
function newOwnId({ family }: Store, now: Date): string {
  for (;;) {
    const id = newUploadId(now.getTime());
    if (family?.ownsUpload(id) !== false) return id;
  }
}

/**
 * How far an upload is, by what is durable. While a chunk of it is being written here, that is the size before it.
 *
 * @throws RegistryError BLOB_UPLOAD_UNKNOWN
 */
export async function uploadStatus(uploads: Uploads, upload: UploadRef): Promise<UploadState> {
  const { store, active, unstored } = uploads;
  const { name, id } = upload;
  const startedAt = await readStartedAt(uploads, upload);
  const offset = active.get(id);
  if (offset !== undefined) return { name, id, startedAt, offset };
  return store.locks.run(id, async () => {
    // Whoever had the lock before may have ended the upload.
    await readStartedAt(uploads, upload);
    if (unstored.beginOf(name, id) !== undefined) return { name, id, startedAt, offset: 0, isUnstored: true };
    const size = await measure(store, name, id);
    const isUnstored = size === 0 && 'isUnstored' in upload ? upload.isUnstored : undefined;
    return { name, id, startedAt, offset: size, isUnstored };
  });
}

/**
 * Adds a chunk. When it resolves the chunk is durable, and when the client breaks off, what had come is.
 *
 * @throws RegistryError BLOB_UPLOAD_UNKNOWN, BLOB_TOO_LARGE; UploadOffsetError; BodyBrokenError; StorageError, after which the status
 *   tells what has become durable
 */
export async function appendChunk(uploads: Uploads, state: UploadState, chunk: Chunk): Promise<UploadState> {
  const { store } = uploads;
  return store.locks.run(state.id, async () => {
    const startedAt = await readStartedAt(uploads, state);
    const writer = await openData(uploads, state);
    const hash = await writeChunk(uploads, writer, { ...state, startedAt }, chunk);
    await writer.close();
    if (hash !== undefined) uploads.hashes.set(state.id, hash);
    return { ...state, startedAt, offset: writer.size, isUnstored: undefined };
  });
}

/** @throws RegistryError BLOB_UPLOAD_UNKNOWN */
export async function cancelUpload(uploads: Uploads, state: UploadState): Promise<void> {
  await uploads.store.locks.run(state.id, async () => {
    await readStartedAt(uploads, state);
    await forgetUpload(uploads, state.name, state.id);
  });
}

/** Deletes all that is left of an upload. */
export async function forgetUpload(
  { store, hashes, quota, unstored }: Uploads,
  name: string,
  id: string,
): Promise<void> {
  const isStored = unstored.beginOf(name, id) === undefined;
  if (isStored) await changeStartedAt(store, name, id, () => deleteIfPresent(store.driver, upload(name, id)));
  unstored.leave(id);
  hashes.delete(id);
  quota?.end(id);
}

/** Opens the data of an upload behind its last durable byte. The store knows of the upload then. */
export async function openData(uploads: Uploads, state: UploadState): Promise<FileWriter> {
  const { store, unstored } = uploads;
  const { name, id } = state;
  const path = uploadData(name, id);
  const isFirst = unstored.beginOf(name, id) !== undefined;
  // Before the data: what has no begin is never purged.
  if (state.isUnstored === true) await writeStartedAt(store, name, id, state.startedAt);
  unstored.leave(id);
  if (isFirst) return store.driver.writer(path, { mode: 'truncate' });
  try {
    return await store.driver.writer(path, { mode: 'append' });
  } catch (error) {
    if (!isStorageError(error, 'PATH_NOT_FOUND')) throw error;
    return store.driver.writer(path, { mode: 'truncate' });
  }
}

/**
 * Writes a chunk behind what the writer has. On any error the writer is closed, so that what came in is durable; an upload that
 * becomes larger than a blob may be can never be one, and is deleted.
 *
 * @returns the hash of all that the writer has then, where this process could follow it
 */
export async function writeChunk(
  uploads: Uploads,
  writer: FileWriter,
  state: UploadState,
  chunk: Chunk,
): Promise<UploadHash | undefined> {
  const { store, hashes, active } = uploads;
  try {
    checkOffset(writer.size, state, chunk);
    active.set(state.id, writer.size);
    const before = await followed(store, hashes.at(state.id, writer.size));
    const hash = before?.state.copy();
    const { received, broken } = await receive(chunk.body, writer, hash, store.buffers);
    const after = before && hash && { ...before, size: writer.size, state: hash };
    if (broken === undefined) return after;
    await writer.close();
    if (after !== undefined) hashes.set(state.id, after);
    throw brokenBody(received, broken);
  } catch (error) {
    await closeQuietly(writer);
    if (isRegistryError(error, 'BLOB_TOO_LARGE')) await forgetUpload(uploads, state.name, state.id);
    throw error;
  } finally {
    active.delete(state.id);
  }
}

/**
 * A hash that can be gone on with: one of which all bytes are written while nobody else can. In a family each upload belongs to
 * one process.
 */
async function followed(
  { presence: { family } }: Store,
  hash: UploadHash | undefined,
): Promise<UploadHash | undefined> {
  if (hash === undefined || !(await family.findAlone())) return undefined;
  family.watch();
  const { epoch } = family;
  return hash.size === 0 || hash.epoch === epoch ? { ...hash, epoch } : undefined;
}

/** Closes a writer of which an error is known already; one that is closed stays so. */
export async function closeQuietly(writer: FileWriter): Promise<void> {
  await writer.close().catch(() => undefined);
}

/**
 * A chunk without a Content-Range starts where its token says: a repeated request, whose bytes have arrived once,
 * must not add them again.
 */
function checkOffset(size: number, state: UploadState, { start, body }: Chunk): void {
  if (start === undefined && body.length === 0) return;
  if ((start ?? state.offset) !== size) throw new UploadOffsetError(size, state.startedAt);
}

/** What is durable is what a writer finds: content that is not committed need not be visible to `stat`. */
async function measure(store: Store, name: string, id: string): Promise<number> {
  try {
    const writer = await store.driver.writer(uploadData(name, id), { mode: 'append' });
    await writer.close();
    return writer.size;
  } catch (error) {
    if (isStorageError(error, 'PATH_NOT_FOUND')) return 0;
    throw error;
  }
}
