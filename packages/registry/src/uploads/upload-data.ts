import type { FileWriter } from '@outrigger/driver';
import { isStorageError } from '@outrigger/driver';
import { receive } from '../content/receive.js';
import { uploadData } from '../layout/paths.js';
import { isRegistryError } from '../registry-error.js';
import type { Store } from '../store.js';
import { writeStartedAt } from './started-at.js';
import { UploadOffsetError, brokenBody } from './upload-errors.js';
import type { UploadHash } from './upload-hash.js';
import type { UploadState } from './upload-token.js';
import type { Chunk, Uploads } from './uploads.js';
import { forgetUpload } from './uploads.js';

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

/** What is durable is what a writer finds: content that is not committed need not be visible to `stat`. */
export async function measureData(store: Store, name: string, id: string): Promise<number> {
  try {
    const writer = await store.driver.writer(uploadData(name, id), { mode: 'append' });
    await writer.close();
    return writer.size;
  } catch (error) {
    if (isStorageError(error, 'PATH_NOT_FOUND')) return 0;
    throw error;
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
