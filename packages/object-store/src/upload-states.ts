import { isStorageError } from '@outrigger/driver';
import type { Keys } from './keys.js';
import type { ObjectInfo, ObjectStore } from './object-store.js';
import type { SignalOption } from './signal-option.js';
import { openBody } from './resuming-body.js';
import { type UploadState, MAX_STATE_LINE, decodeState, encodeState, invalidState } from './upload-state.js';

/** The states of closed uploads, in hidden objects: one an upload. */
export interface UploadStates {
  /** @throws StorageError INTERNAL for one that is damaged */
  load(path: string, options?: SignalOption): Promise<SavedUpload | undefined>;
  save(path: string, state: UploadState, tail: Uint8Array, options?: SignalOption): Promise<void>;
  /** Removes a state whose upload has ended. */
  remove(path: string, options?: SignalOption): Promise<void>;
  /** Aborts an upload and removes its state; whether there was one. */
  discard(path: string, options?: SignalOption): Promise<boolean>;
  /** The same for all uploads to a path and below it; whether there were any. */
  discardAt(path: string, options?: SignalOption): Promise<boolean>;
  /** The same for an upload whose state has this key. */
  discardKey(stateKey: string, options?: SignalOption): Promise<boolean>;
}

export interface SavedUpload {
  readonly state: UploadState;
  /** The bytes that fill no part. */
  readTail(options?: SignalOption): Promise<Uint8Array>;
}

/** Read first: enough for most states, and for a small tail with it. */
const FIRST_READ = 256 * 1024;

export function createUploadStates(store: ObjectStore, keys: Keys): UploadStates {
  const load = (stateKey: string, options?: SignalOption) => loadState(store, stateKey, options);
  const discardKey = async (stateKey: string, options?: SignalOption): Promise<boolean> => {
    const state = await stateUnlessDamaged(load, stateKey, options);
    if (state === undefined) return false;
    const { key, id } = state;
    if (key !== undefined && id !== undefined) await store.multipart.abort({ key, id }, options);
    await store.delete([stateKey], options);
    return true;
  };
  return {
    load: (path, options) => load(keys.stateOf(path), options),
    save: (path, state, tail, options) => store.put(keys.stateOf(path), encodeState(state, tail), options),
    remove: (path, options) => store.delete([keys.stateOf(path)], options),
    discard: (path, options) => discardKey(keys.stateOf(path), options),
    async discardAt(path, options) {
      let isAny = false;
      let startAfter: string | undefined;
      do {
        const page = await store.list({
          prefix: keys.statesAt(path),
          isShallow: false,
          startAfter,
          limit: 1000,
          signal: options?.signal,
        });
        for (const { key } of page.objects)
          if (keys.isState(key)) isAny = (await discardKey(key, options)) || isAny;
        startAfter = page.next;
      } while (startAfter !== undefined);
      return isAny;
    },
    discardKey,
  };
}

/** One that is damaged is removed all the same; what its upload holds is found by the sweep. */
async function stateUnlessDamaged(
  load: (stateKey: string, options?: SignalOption) => Promise<SavedUpload | undefined>,
  stateKey: string,
  options: SignalOption | undefined,
): Promise<Partial<UploadState> | undefined> {
  try {
    return (await load(stateKey, options))?.state;
  } catch (error) {
    if (isStorageError(error, 'INTERNAL')) return {};
    throw error;
  }
}

async function loadState(
  store: ObjectStore,
  stateKey: string,
  options: SignalOption = {},
): Promise<SavedUpload | undefined> {
  for (const length of [FIRST_READ, MAX_STATE_LINE]) {
    const read = await readSpan(store, stateKey, { offset: 0, length }, options);
    if (read === undefined) return undefined;
    const decoded = decodeState(read.content);
    if (decoded === undefined) continue;
    const { state, tailOffset } = decoded;
    checkTail(state, read.info.size - tailOffset);
    return { state, readTail: (given = {}) => readTail(store, read, tailOffset, given) };
  }
  throw invalidState();
}

function checkTail({ size, parts }: UploadState, tailLength: number): void {
  const inParts = parts.reduce((sum, part) => sum + part.size, 0);
  if (inParts + tailLength !== size) throw invalidState();
}

interface ReadSpan {
  readonly info: ObjectInfo;
  readonly content: Uint8Array;
}

async function readTail(
  store: ObjectStore,
  { info, content }: ReadSpan,
  tailOffset: number,
  options: SignalOption,
): Promise<Uint8Array> {
  const inHand = content.subarray(tailOffset);
  if (content.length === info.size) return inHand;
  const span = { offset: content.length, length: undefined };
  const rest = await readSpan(store, info.key, span, options, info.version);
  if (rest === undefined) throw invalidState();
  return Buffer.concat([inHand, rest.content]);
}

async function readSpan(
  store: ObjectStore,
  key: string,
  span: { readonly offset: number; readonly length: number | undefined },
  { signal }: SignalOption,
  ifMatch?: string,
): Promise<ReadSpan | undefined> {
  const body = await openBody(store, { ...span, path: key, key, ifMatch }, signal);
  if (body === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  // A chunk is the store's own memory only until the next one.
  for (let chunk = await body.next(); chunk !== undefined; chunk = await body.next())
    chunks.push(Uint8Array.from(chunk));
  body.close();
  return { info: body.info, content: Buffer.concat(chunks) };
}
