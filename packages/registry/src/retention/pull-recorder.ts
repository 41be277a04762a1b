import type { StorageDriver } from '@outrigger/driver';
import { createRegulator } from '@outrigger/driver';
import { createLru } from '../content/lru.js';
import type { Logger } from '../logger.js';
import type { Presence } from '../replicas/presence.js';
import type { PullTimes } from './pull-times.js';
import { writePulls } from './pull-times.js';
import { continueRecording } from './recording.js';

/** Remembers when what was pulled, and writes it to the store from time to time. */
export interface PullRecorder {
  /** A client has pulled a manifest, or asked for it with HEAD. Never waits, never throws. */
  note(repository: string, digest: string): void;
  /** Writes what is new; what the store does not take is kept for the next time. */
  flush(): Promise<void>;
  /** The same, for the last time. */
  close(): Promise<void>;
}

export interface PullRecorderOptions {
  readonly driver: StorageDriver;
  readonly log: Logger;
  readonly presence: Presence;
  /** Whether anybody asks for the pulls of a repository. */
  readonly isWanted: (repository: string) => boolean;
  /** Between two writes, in milliseconds. A crash loses no more. Default: 5 minutes. */
  readonly intervalMs?: number | undefined;
  readonly now?: (() => number) | undefined;
}

/** Of what is pulled again and again only so much is written: a time that was recorded may be so much too early. */
export const PULL_PRECISION_MS = 3_600_000;

const INTERVAL_MS = 5 * 60_000;
const REMEMBERED = 65_536;
/** Some hundred bytes each. What comes beyond that while the store fails is lost. */
const MAX_PENDING = 100_000;
const PARALLEL_WRITES = 4;

export function createPullRecorder(options: PullRecorderOptions): PullRecorder {
  const { driver, log, presence, isWanted, intervalMs = INTERVAL_MS, now = Date.now } = options;
  /** When a pull was noted last, of what need not be noted yet again. Infinity: of no interest. */
  const noted = createLru<number>(REMEMBERED, () => 1);
  let pending = new Map<string, PullTimes>();
  let count = 0;

  const add = (repository: string, digest: string, time: number): void => {
    if (count >= MAX_PENDING) return;
    const times = pending.get(repository);
    if (times === undefined) pending.set(repository, new Map([[digest, time]]));
    else if ((times.get(digest) ?? 0) < time) times.set(digest, time);
    count++;
  };
  const flush = async (): Promise<void> => {
    await presence.joining;
    const written = pending;
    pending = new Map();
    count = 0;
    const regulator = createRegulator(PARALLEL_WRITES);
    const results = await Promise.allSettled(
      [...written].map(([repository, times]) =>
        regulator
          .run(() => writePulls(driver, repository, times))
          .catch((error: unknown) => {
            for (const [digest, time] of times) add(repository, digest, time);
            throw error;
          }),
      ),
    );
    const failed = results.find((each) => each.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    // Only now: until then nobody could say that all was recorded.
    await continueRecording(driver, now());
  };
  let flushing = Promise.resolve();
  const flushQuietly = (): Promise<void> => {
    flushing = flushing.then(flush).catch((error: unknown) => {
      log.warn({ err: error, pending: count }, 'when what was pulled cannot be written for now');
    });
    return flushing;
  };
  void flushQuietly();
  const timer = setInterval(() => void flushQuietly(), intervalMs).unref();
  return {
    flush: flushQuietly,
    note(repository, digest) {
      const key = `${repository}@${digest}`;
      const time = now();
      const before = noted.get(key);
      if (before !== undefined && time - before < PULL_PRECISION_MS) return;
      const wanted = isWanted(repository);
      noted.set(key, wanted ? time : Infinity);
      if (wanted) add(repository, digest, time);
    },
    async close() {
      clearInterval(timer);
      await flushQuietly();
    },
  };
}
