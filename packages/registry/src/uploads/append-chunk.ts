import { readStartedAt } from './started-at.js';
import { openData, writeChunk } from './upload-data.js';
import type { UploadState } from './upload-token.js';
import type { Chunk, Uploads } from './uploads.js';

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
