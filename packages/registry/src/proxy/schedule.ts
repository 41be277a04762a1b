import type { Digest } from '../reference/digest.js';
import { tryParseDigest } from '../reference/digest.js';
import { isName } from '../reference/name.js';
import type { Store } from '../store.js';
import { expire } from './expire.js';
import type { EntryType, ScheduleEntries } from './schedule-state.js';
import { readSchedule, writeSchedule } from './schedule-state.js';

/** When what was fetched goes again: when nobody has pulled it for the time to live. */
export interface Schedule {
  /** Something was fetched or pulled. */
  touch(kind: 'blob' | 'manifest', name: string, digest: Digest): void;
  /** Begins to remove, in one process of a host. */
  start(): void;
  /** Resolves when the state is saved, and nothing is being removed any more. */
  close(): Promise<void>;
}

const TYPES: Readonly<Record<'blob' | 'manifest', EntryType>> = { blob: 0, manifest: 1 };
/** As often as Distribution saves its state. */
const TICK_MS = 5_000;
/** A pull moves the expiry when that makes so much of a difference: the state is written as a whole. */
const MOVED_PART = 0.05;

export function createSchedule(store: Store, ttlMs: number): Schedule {
  const { driver, log } = store;
  const entries: ScheduleEntries = new Map();
  /** What was removed since the state was saved, by the expiry that it had. */
  const gone = new Map<string, number>();
  let isDirty = false;
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> | undefined;

  /** Others may have written since: the later expiry counts. */
  const merge = (found: ScheduleEntries): void => {
    for (const [key, entry] of found) {
      if (entry.expiry <= (gone.get(key) ?? -Infinity)) continue;
      const known = entries.get(key);
      if (known === undefined || known.expiry < entry.expiry) entries.set(key, entry);
    }
  };
  const load = async (): Promise<void> => {
    try {
      merge(await readSchedule(driver));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      log.error(
        {},
        'the state of the proxy cannot be read: what it names stays in the store until it is pulled again',
      );
    }
  };
  const save = async (): Promise<void> => {
    await store.presence.joining;
    await load();
    isDirty = false;
    try {
      await writeSchedule(driver, entries);
      gone.clear();
    } catch (error) {
      isDirty = true;
      throw error;
    }
  };
  const isDue = (now: number) => [...entries].filter(([, { expiry }]) => expiry <= now);
  const removeDue = async (): Promise<void> => {
    const now = Date.now();
    if (isDue(now).length === 0) return;
    await load();
    for (const [key, { type, expiry }] of isDue(now)) {
      const { name, digest } = parseKey(key) ?? {};
      entries.delete(key);
      gone.set(key, expiry);
      isDirty = true;
      if (name === undefined || digest === undefined) continue;
      const isShared = [...entries.keys()].some((other) => other.endsWith(`@${digest.text}`));
      await expire(store, type, name, digest, isShared);
    }
  };
  const run = async (): Promise<void> => {
    try {
      await removeDue();
      if (isDirty) await save();
    } catch (error) {
      log.warn({ err: error }, 'the state of the proxy could not be kept: it is tried again');
    }
  };
  const tick = (): void => {
    working ??= run().finally(() => {
      working = undefined;
    });
  };

  return {
    touch(kind, name, digest) {
      const key = `${name}@${digest.text}`;
      const expiry = Date.now() + ttlMs;
      const known = entries.get(key);
      if (known !== undefined && expiry - known.expiry < ttlMs * MOVED_PART) return;
      entries.set(key, { type: TYPES[kind], expiry });
      isDirty = true;
    },
    start() {
      timer ??= setInterval(tick, TICK_MS).unref();
      working ??= load()
        .catch((error: unknown) => {
          log.warn({ err: error }, 'the state of the proxy cannot be read');
        })
        .finally(() => {
          working = undefined;
        });
    },
    async close() {
      clearInterval(timer);
      await working;
      if (isDirty)
        await save().catch((error: unknown) => {
          log.warn({ err: error }, 'the state of the proxy could not be saved');
        });
    },
  };
}

/** Whatever lies in the file: it is what is deleted. */
function parseKey(key: string): { name: string; digest: Digest } | undefined {
  const at = key.lastIndexOf('@');
  const name = key.slice(0, Math.max(0, at));
  const digest = tryParseDigest(key.slice(at + 1));
  return digest !== undefined && isName(name) ? { name, digest } : undefined;
}
