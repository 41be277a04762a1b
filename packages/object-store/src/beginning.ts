import { pathNotFound } from '@outrigger/driver';
import { identityOf } from './identity.js';
import type { ObjectInfo } from './object-store.js';
import { openReader } from './reader.js';
import type { SignalOption } from './signal-option.js';
import type { UploadState } from './upload-state.js';
import type { SavedUpload } from './upload-states.js';
import type { Writing } from './writing.js';

/** What an append goes on behind. */
export interface Beginning {
  readonly size: number;
  /** A closed upload; otherwise it is committed content. */
  readonly saved?: SavedUpload | undefined;
  /** The bytes that a writer has to take in before others: of the tail, or of all that is committed. */
  read(signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/**
 * A closed upload, unless something was committed at its key since: a commit ends with the removal of the state, and the process may
 * have been killed before that. Then committed content, which is gone on with by writing it again.
 */
export async function findBeginning(
  writing: Writing,
  path: string,
  options: SignalOption,
): Promise<Beginning> {
  const { store, keys, states } = writing;
  const [saved, info] = await Promise.all([states.load(path, options), store.head(keys.of(path), options)]);
  if (saved !== undefined && isOpen(saved.state, info)) return savedUpload(saved);
  if (saved !== undefined) await states.discard(path, options);
  if (info === undefined) throw pathNotFound(path);
  return committed(writing, path, info);
}

function isOpen({ replaces }: UploadState, info: ObjectInfo | undefined): boolean {
  return replaces === undefined || replaces === identityOf(info);
}

function savedUpload(saved: SavedUpload): Beginning {
  return {
    size: saved.state.size,
    saved,
    async *read(signal) {
      yield await saved.readTail({ signal });
    },
  };
}

const CHUNK_SIZE = 256 * 1024;

function committed({ store, keys }: Writing, path: string, { size, version }: ObjectInfo): Beginning {
  return {
    size,
    async *read(signal) {
      const reader = await openReader(store, keys, path, { ifMatch: version, signal });
      try {
        const chunk = Buffer.allocUnsafeSlow(CHUNK_SIZE);
        for (let count = await reader.read(chunk); count > 0; count = await reader.read(chunk))
          yield chunk.subarray(0, count);
      } finally {
        await reader.close();
      }
    },
  };
}
