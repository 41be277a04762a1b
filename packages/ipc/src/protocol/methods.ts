import { get, put, read } from './content.js';
import { initialize } from './initialize.js';
import { ping, shutdown } from './lifecycle.js';
import type { Method } from './method.js';
import { copy, list, move, redirectURL, remove, stat, walk } from './namespace.js';
import { writerCancel, writerClose, writerCommit, writerOpen, writerWrite } from './writer.js';

/** Every request of version 1, in the order of the reference. */
export const METHODS: readonly Method[] = [
  initialize,
  ping,
  shutdown,
  stat,
  list,
  walk,
  get,
  put,
  read,
  writerOpen,
  writerWrite,
  writerCommit,
  writerClose,
  writerCancel,
  move,
  copy,
  remove,
  redirectURL,
];
