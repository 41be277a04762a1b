import { type CallOptions, isStorageError } from '@outrigger/driver';
import type { UploadStates } from './upload-states.js';
import type { Writing } from './writing.js';

const HOUR_MS = 3_600_000;

/**
 * Ends uploads that nobody went on with, at the start and every hour: those whose state is older than `abandonedAfterMs`, and those
 * that began so long ago and have no state. What is open in this process is left alone.
 */
export function sweepRegularly(
  writing: Writing,
  abandonedAfterMs: number,
  onError: (error: unknown) => void,
): { close(): void } {
  const controller = new AbortController();
  const { signal } = controller;
  let timer: NodeJS.Timeout | undefined;
  const run = async () => {
    try {
      await sweepUploads(writing, new Date(Date.now() - abandonedAfterMs), { signal });
    } catch (error) {
      if (!signal.aborted) onError(error);
    }
    if (!signal.aborted) timer = setTimeout(() => void run(), HOUR_MS).unref();
  };
  void run();
  return {
    close() {
      controller.abort();
      clearTimeout(timer);
    },
  };
}

/** @param before - older is abandoned */
export async function sweepUploads(writing: Writing, before: Date, options: CallOptions = {}): Promise<void> {
  await sweepStates(writing, before, options);
  await sweepMultiparts(writing, before, options);
}

async function sweepStates(
  { store, keys, states, open }: Writing,
  before: Date,
  { signal }: CallOptions,
): Promise<void> {
  let startAfter: string | undefined;
  do {
    const page = await store.list({ prefix: keys.hidden, isShallow: false, startAfter, limit: 1000, signal });
    const inUse = new Set([...open].map(({ path }) => keys.stateOf(path)));
    for (const { key, modTime } of page.objects) {
      const stateKey = keys.isState(key) ? key : keys.stateOfTail(key);
      if (stateKey === undefined || modTime >= before || inUse.has(stateKey)) continue;
      if (stateKey === key) await states.discardKey(key, { signal });
      else if (!(await states.hasTail(stateKey, key, { signal }))) await store.delete([key], { signal });
    }
    startAfter = page.next;
  } while (startAfter !== undefined);
}

/** What the states that are left name is somebody's, however long ago it began. */
async function sweepMultiparts(
  { store, keys, states, open }: Writing,
  before: Date,
  { signal }: CallOptions,
): Promise<void> {
  for await (const upload of store.multipart.findAbandoned(keys.root, before, { signal })) {
    if ([...open].some(({ id }) => id === upload.id)) continue;
    const path = keys.pathOf(upload.key);
    if (path !== undefined && (await isNamed(states, path, upload.id, { signal }))) continue;
    await store.multipart.abort(upload, { signal });
  }
}

/** Whether the state of a path names an upload. One that is damaged may; it is removed when it is old enough. */
async function isNamed(
  states: UploadStates,
  path: string,
  id: string,
  options: CallOptions,
): Promise<boolean> {
  try {
    return (await states.load(path, options))?.state.id === id;
  } catch (error) {
    if (isStorageError(error, 'INTERNAL')) return true;
    throw error;
  }
}
