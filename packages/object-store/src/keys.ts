import { randomUUID } from 'node:crypto';
import { PATH_PATTERN, invalidPath, pathNotFound } from '@outrigger/driver';

/** Name, in the root directory, of what closed uploads need to be gone on with. Nobody sees it. */
const HIDDEN_NAME = '_outrigger-uploads';

/** Behind the path of an upload. */
const STATE = '/state';
const TAIL = '/tail.';

const TAIL_PATTERN = /\/tail\.[0-9a-f-]{36}$/;

/** Sorts behind every character that a path may have. */
export const HIGHEST = '~';

/** Where paths lie in a flat store. */
export interface Keys {
  /** Below which all keys are: empty, or with a slash at its end. */
  readonly root: string;
  /** Below which the states of closed uploads are; with a slash at its end. */
  readonly hidden: string;
  of(path: string): string;
  /** The prefix of all that lies below a directory, with a slash at its end; the root's for `/`. */
  below(path: string): string;
  /** Undefined: no path has this key. */
  pathOf(key: string): string | undefined;
  /** Of the state of a closed upload to this path. */
  stateOf(path: string): string;
  /** A new one for the tail of a closed upload to this path. */
  newTailOf(path: string): string;
  /** The state that a tail with this key belongs to; undefined where it is no tail's. */
  stateOfTail(key: string): string | undefined;
  /** The prefix of the states and tails of uploads to this path and to all below it. */
  statesAt(path: string): string;
  /** Whether it is one of a state: a store may keep other things where they are. */
  isState(key: string): boolean;
  /** @throws StorageError PATH_NOT_FOUND for what is hidden */
  checkRead(path: string): void;
  /** @throws StorageError INVALID_PATH for what is hidden */
  checkWrite(path: string): void;
}

/** @param root - of all keys: empty, or with a slash at its end and none at its beginning */
export function createKeys(root: string): Keys {
  if (root.startsWith('/') || (root !== '' && !root.endsWith('/')))
    throw new RangeError(`a prefix of keys is empty or ends in its only slash at a side: ${root}`);
  const hidden = `${root}${HIDDEN_NAME}/`;
  const of = (path: string) => root + path.slice(1);
  const isState = (key: string) => key.endsWith(STATE) && PATH_PATTERN.test(key.slice(hidden.length - 1));
  const isHidden = (path: string) => path === `/${HIDDEN_NAME}` || path.startsWith(`/${HIDDEN_NAME}/`);
  return {
    root,
    hidden,
    of,
    below: (path) => (path === '/' ? root : `${of(path)}/`),
    pathOf(key) {
      const path = `/${key.slice(root.length)}`;
      return key.startsWith(root) && PATH_PATTERN.test(path) ? path : undefined;
    },
    // Nothing lies below an object, so no path of an upload ends where the state of another one is.
    stateOf: (path) => `${hidden}${path.slice(1)}${STATE}`,
    newTailOf: (path) => `${hidden}${path.slice(1)}${TAIL}${randomUUID()}`,
    stateOfTail(key) {
      const state = key.replace(TAIL_PATTERN, STATE);
      return state !== key && isState(state) ? state : undefined;
    },
    statesAt: (path) => `${hidden}${path.slice(1)}/`,
    isState,
    checkRead(path) {
      if (isHidden(path)) throw pathNotFound(path);
    },
    checkWrite(path) {
      if (isHidden(path)) throw invalidPath(path, 'the name is reserved');
    },
  };
}

/** Whether a name can be a part of a path. */
export function isName(name: string): boolean {
  return NAME_PATTERN.test(name) && name !== '.' && name !== '..';
}

const NAME_PATTERN = /^[A-Za-z0-9._-]+$/;

/**
 * Directories that come before `name` in the order of names, and behind it in the byte order of keys: `v1` comes before
 * `v1-x` and `v1.2`, the key `v1/` behind both. Shortest first.
 */
export function stemsOf(name: string): string[] {
  const stems: string[] = [];
  for (let end = 1; end < name.length; end++)
    if (name.charCodeAt(end) < SLASH) stems.push(name.slice(0, end));
  return stems;
}

const SLASH = 47;
