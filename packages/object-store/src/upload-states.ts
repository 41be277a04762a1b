import { isStorageError } from '@outrigger/driver';
import type { Keys } from './keys.js';
import type { Leftovers } from './leftovers.js';
import { sizeOfParts } from './multipart-store.js';
import type { ObjectInfo, ObjectStore } from './object-store.js';
import type { SignalOption } from './signal-option.js';
import { openBody } from './resuming-body.js';
import {
  type TailObject,
  type UploadState,
  MAX_STATE_LINE,
  decodeState,
  encodeState,
  invalidState,
  tailGone,
} from './upload-state.js';

/** The states of closed uploads, in hidden objects: one an upload. */
export interface UploadStates {
  /** @throws StorageError INTERNAL for one that is damaged */
  load(path: string, options?: SignalOption): Promise<SavedUpload | undefined>;
  /** @param before - what it takes the place of */
  save(path: string, content: UnsavedUpload, before?: UploadState): Promise<void>;
  /**
   * Removes a state whose upload has ended, and its tail.
   *
   * @param others - keys of other objects that go with it
   */
  remove(path: string, state: UploadState, others?: readonly string[]): Promise<void>;
  /** Aborts an upload and removes its state; whether there was one. */
  discard(path: string, options?: SignalOption): Promise<boolean>;
  /** The same for all uploads to a path and below it; whether there were any. */
  discardAt(path: string, options?: SignalOption): Promise<boolean>;
  /** Whether a state names a tail. One that is damaged may. */
  hasTail(stateKey: string, tailKey: string, options?: SignalOption): Promise<boolean>;
  /** The same as `discard` for an upload whose state has this key. */
  discardKey(stateKey: string, options?: SignalOption): Promise<boolean>;
}

export interface UnsavedUpload {
  readonly state: Omit<UploadState, 'tail'>;
  readonly tail: Uint8Array;
}

export interface SavedUpload {
  readonly state: UploadState;
  /** The bytes that fill no part. */
  readTail(options?: SignalOption): Promise<Uint8Array>;
}

/** Read first: enough for most states, and for a small tail with it. */
const FIRST_READ = 256 * 1024;

/** A larger tail is an object of its own, which the store can copy. */
const MAX_TAIL_BEHIND_STATE = 128 * 1024;

export function createUploadStates(
  store: ObjectStore,
  keys: Keys,
  leftovers: Leftovers,
  maxTailBehindState = MAX_TAIL_BEHIND_STATE,
): UploadStates {
  const load = (stateKey: string, options?: SignalOption) => loadState(store, stateKey, options);
  const discardKey = async (stateKey: string, options?: SignalOption): Promise<boolean> => {
    const state = await stateUnlessDamaged(load, stateKey, options);
    if (state === undefined) return false;
    const { key, id } = state;
    if (key !== undefined && id !== undefined) await store.multipart.abort({ key, id }, options);
    await store.delete([stateKey, ...tailOf(state)], options);
    return true;
  };
  return {
    load: (path, options) => load(keys.stateOf(path), options),
    async save(path, { state, tail }, before) {
      const stateKey = keys.stateOf(path);
      if (tail.length <= maxTailBehindState) await store.put(stateKey, encodeState(state, tail));
      else {
        const tailObject = { key: keys.newTailOf(path), size: tail.length };
        // Before the state: what that names is there.
        await store.put(tailObject.key, tail);
        await store.put(stateKey, encodeState({ ...state, tail: tailObject }, NOTHING));
      }
      leftovers.drop(tailOf(before));
    },
    async remove(path, state, others = []) {
      const stateKey = keys.stateOf(path);
      // What is at the key tells that a state with parts is stale: as long as that is there, the key stays.
      if (state.id === undefined || others.length === 0) await store.delete([stateKey, ...others]);
      else {
        await store.delete([stateKey]);
        await store.delete(others);
      }
      leftovers.drop(tailOf(state));
    },
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
        // Those of states that are gone; the others are gone by now.
        const tails = page.objects.filter(({ key }) => keys.stateOfTail(key) !== undefined);
        if (tails.length > 0)
          await store.delete(
            tails.map(({ key }) => key),
            options,
          );
        startAfter = page.next;
      } while (startAfter !== undefined);
      return isAny;
    },
    async hasTail(stateKey, tailKey, options) {
      const state = await stateUnlessDamaged(load, stateKey, options);
      return state !== undefined && (state.key === undefined || state.tail?.key === tailKey);
    },
    discardKey,
  };
}

const NOTHING = new Uint8Array(0);

function tailOf(state: Partial<UploadState> | undefined): string[] {
  return state?.tail === undefined ? [] : [state.tail.key];
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
    const { tail } = state;
    checkTail(state, read.info.size - tailOffset);
    return {
      state,
      readTail: (given = {}) =>
        tail === undefined ? readTail(store, read, tailOffset, given) : readTailObject(store, tail, given),
    };
  }
  throw invalidState();
}

function checkTail({ size, parts, tail }: UploadState, behindState: number): void {
  if (sizeOfParts(parts) + (tail?.size ?? 0) + behindState !== size) throw invalidState();
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

async function readTailObject(
  store: ObjectStore,
  { key, size }: TailObject,
  options: SignalOption,
): Promise<Uint8Array> {
  const read = await readSpan(store, key, { offset: 0, length: undefined }, options);
  if (read === undefined) throw tailGone();
  if (read.info.size !== size) throw invalidState();
  return read.content;
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
