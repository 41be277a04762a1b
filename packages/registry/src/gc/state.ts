import type { CallOptions, StorageDriver } from '@outrigger/driver';
import { StorageError, isStorageError } from '@outrigger/driver';
import type { JsonObject } from '../manifests/descriptor.js';
import { isJsonObject } from '../manifests/descriptor.js';
import type { GarbageKey } from './keys.js';
import { STATE, keyPage } from './paths.js';

/** What all replicas agree on, in one small object. */
export interface GcState {
  /** One more with every change. */
  readonly generation: number;
  /** How often replicas read it: the smallest of all settings counts. */
  readonly refreshMs: number;
  readonly batch: Batch | undefined;
}

/**
 * What was found to be garbage at one time. `condemned`: using it takes a rescue. `frozen`: one page of it is being
 * deleted, and nobody may rely on that page until the state has changed.
 */
export interface Batch {
  readonly id: string;
  /** Pages of condemned keys. */
  readonly pages: number;
  /** When the keys were published, by the store's clock; undefined: nobody got as far as to say. */
  readonly since: string | undefined;
  /** The page of doomed keys that is frozen. */
  readonly frozen: number | undefined;
}

export const IDLE: GcState = { generation: 0, refreshMs: Infinity, batch: undefined };

/**
 * The state; idle when nothing was ever collected.
 *
 * @throws StorageError, also when the object is no state
 */
export async function readState(driver: StorageDriver, options?: CallOptions): Promise<GcState> {
  const state = await findState(driver, options);
  if (state !== undefined) return state;
  throw new StorageError('UNAVAILABLE', 'the state of the garbage collection is unreadable', { path: STATE });
}

/** Undefined when the object is no state. */
export async function findState(driver: StorageDriver, options?: CallOptions): Promise<GcState | undefined> {
  try {
    return parseState(Buffer.from(await driver.get(STATE, options)).toString('utf8'));
  } catch (error) {
    if (isStorageError(error, 'PATH_NOT_FOUND')) return IDLE;
    throw error;
  }
}

export async function writeState(driver: StorageDriver, state: GcState): Promise<void> {
  await driver.put(STATE, Buffer.from(JSON.stringify(state), 'utf8'));
}

/** A hundred kilobytes or so of keys. */
export const KEYS_IN_A_PAGE = 1000;

export async function writeKeys(
  driver: StorageDriver,
  batch: string,
  kind: 'condemned' | 'doomed',
  page: number,
  keys: readonly GarbageKey[],
): Promise<void> {
  await driver.put(keyPage(batch, kind, page), Buffer.from(keys.join('\n'), 'utf8'));
}

export async function readKeys(
  driver: StorageDriver,
  batch: string,
  kind: 'condemned' | 'doomed',
  page: number,
  options?: CallOptions,
): Promise<GarbageKey[]> {
  const content = await driver.get(keyPage(batch, kind, page), options);
  return Buffer.from(content).toString('utf8').split('\n').filter(Boolean);
}

function parseState(text: string): GcState | undefined {
  const { generation, refreshMs, batch } = parseObject(text) ?? {};
  if (!isCount(generation) || typeof refreshMs !== 'number' || !(refreshMs > 0)) return undefined;
  if (batch === undefined) return { generation, refreshMs, batch };
  if (!isJsonObject(batch)) return undefined;
  const { id, pages, since, frozen } = batch;
  if (typeof id !== 'string' || !ID_PATTERN.test(id) || !isCount(pages)) return undefined;
  return {
    generation,
    refreshMs,
    batch: {
      id,
      pages,
      since: typeof since === 'string' ? since : undefined,
      frozen: isCount(frozen) ? frozen : undefined,
    },
  };
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const fields: unknown = JSON.parse(text);
    return isJsonObject(fields) ? fields : undefined;
  } catch {
    return undefined;
  }
}

/** It becomes part of a path. */
const ID_PATTERN = /^[0-9a-f-]{1,64}$/;

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
