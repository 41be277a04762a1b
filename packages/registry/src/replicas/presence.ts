import { randomUUID } from 'node:crypto';
import type { StorageDriver } from '@outrigger/driver';
import { baseName, isStorageError, listAll } from '@outrigger/driver';
import { deleteIfPresent } from '../layout/delete-if-present.js';
import { REPLICAS, replica } from './paths.js';
import type { Logger } from '../logger.js';
import { familyOf, isDead, thisProcess } from './process-identity.js';
import { orAbsent } from '../layout/or-absent.js';

/** Whether some processes have a store for themselves. */
export interface Solitude {
  /** Whether nobody else has changed the store since `epoch` began. Never waits; looks again by itself when it is used. */
  isAlone(): boolean;
  /** As `isAlone`, after a look at the store where the last one is too old. For what costs much more than a look. */
  findAlone(): Promise<boolean>;
  /** Looks again by itself for some seconds, so that the epoch does not end for want of looking. */
  watch(): void;
  /** Counts the times of being alone: what was learnt in another epoch may be wrong. */
  readonly epoch: number;
}

/**
 * Whether this process is the only registry on its store. While it is, what it knows of the store stays true until it
 * changes it itself, and need not be asked again for every request.
 *
 * Each registry has a file in the store for as long as it runs. One that starts and finds another's changes nothing
 * for {@link JOIN_MS}; one that looked {@link VALID_MS} ago and found nobody is alone until then: whoever came
 * since has not written yet. No clocks of two machines are compared. Distribution leaves no such file: the two share a store
 * in turn, not at once.
 */
export interface Presence extends Solitude {
  /** The name of this process' file in the store; undefined where it has none. */
  readonly id: string | undefined;
  /**
   * Whether the processes of its family have the store for themselves, see family.ts; the same as this where there is none.
   * What one of them knows then stays true until one of them changes it.
   */
  readonly family: Solitude;
  /**
   * Resolves when this process may change the store; undefined when it may. One that could not show itself for long may
   * be dead to the others: it joins again, and rejects with a StorageError where it cannot.
   */
  readonly joining: Promise<void> | undefined;
  /** The others on the store but those of its family, as far as is known; for the log and for status. */
  readonly others: number;
  close(): Promise<void>;
}

/** How long a look at the store counts, from its start. */
const VALID_MS = 2500;
/**
 * After this long a new look is taken, while the old one still counts. What is left is the time that a look may take: an object store that
 * is busy with parts of blobs needs more than a second for it; and each look is a request that somebody pays for.
 */
const LOOK_AGAIN_MS = 800;
/** More than {@link VALID_MS}: all others have looked in between. */
const JOIN_MS = 4000;
/** How often each shows that it lives. */
const BEAT_MS = 15_000;
/** One that has shown nothing for so long is dead. */
const DEAD_MS = 60_000;
/** Whoever has not shown itself for so long cannot be sure that the others still count it. */
const SILENT_MS = DEAD_MS / 2;
/** How long looking goes on by itself: between two chunks of one upload. */
const WATCH_MS = 30_000;

export interface PresenceOptions {
  /** The same in all processes of a family, and in no others. A member of one is never alone; its family may be. */
  readonly family?: string | undefined;
  /** Milliseconds, from any start; never goes back. */
  readonly now?: () => number;
  /** Milliseconds that go on while the machine sleeps. */
  readonly clock?: () => number;
  readonly wait?: (milliseconds: number) => Promise<void>;
}

const NEVER: Solitude = {
  isAlone: () => false,
  findAlone: () => Promise.resolve(false),
  watch: () => undefined,
  epoch: 0,
};
const ALWAYS: Solitude = { ...NEVER, isAlone: () => true, findAlone: () => Promise.resolve(true) };
const NO_FILE = { id: undefined, joining: undefined, others: 0, close: () => Promise.resolve() };

/** One that never is sure: everything is asked of the store. */
export const UNCERTAIN: Presence = { ...NO_FILE, ...NEVER, family: NEVER };

/** One that needs no looking: the store lies in this process. */
export const ALWAYS_ALONE: Presence = { ...NO_FILE, ...ALWAYS, family: ALWAYS };

/**
 * Announces this process in the store. A store that cannot be written to leaves it {@link UNCERTAIN}; where it only cannot now,
 * this process has to join before it changes anything: otherwise the others would take themselves for alone.
 */
export async function announcePresence(
  driver: StorageDriver,
  log: Logger,
  options: PresenceOptions = {},
): Promise<Presence> {
  const presence = new StorePresence(driver, log, options);
  try {
    await presence.join();
    return presence;
  } catch (error) {
    if (!isStorageError(error)) throw error;
    log.warn(
      { err: error },
      'this registry cannot announce itself in the store: it asks the store for everything',
    );
    if (!error.retryable) return UNCERTAIN;
    presence.joinLater();
    return presence;
  }
}

interface Moment {
  readonly now: number;
  readonly clock: number;
}

interface Other {
  readonly content: string;
  /** When this content was first seen. */
  readonly since: number;
}

class StorePresence implements Presence {
  epoch = 0;
  readonly id = randomUUID();
  readonly family: Solitude;
  readonly #familyId: string | undefined;
  readonly #driver: StorageDriver;
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #clock: () => number;
  readonly #wait: (milliseconds: number) => Promise<void>;
  #joining: Promise<void> | undefined;
  #shown: Moment | undefined;
  #watchUntil = -Infinity;
  #watching: NodeJS.Timeout | undefined;
  #others = new Map<string, Other>();
  #lookedAt = -Infinity;
  #wasAlone = false;
  #looking: Promise<void> | undefined;
  #beat: NodeJS.Timeout | undefined;
  #beats = 0;
  #isClosed = false;

  constructor(driver: StorageDriver, log: Logger, { family, now, clock, wait }: PresenceOptions) {
    this.#familyId = family;
    this.family = family === undefined ? this : this.#asFamily();
    this.#driver = driver;
    this.#log = log;
    this.#now = now ?? (() => performance.now());
    this.#clock = clock ?? (() => Date.now());
    this.#wait =
      wait ?? ((milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds).unref()));
  }

  get others(): number {
    return this.#others.size;
  }

  get joining(): Promise<void> | undefined {
    if (this.#joining === undefined && this.#isSilent() && !this.#isClosed) void this.#showQuietly();
    return this.#joining;
  }

  async join(): Promise<void> {
    await this.#show();
    await this.#look();
    this.#startBeating();
    if (this.#others.size === 0) return;
    this.#log.info({ others: this.#others.size }, 'other registries use this store');
    this.#hold(this.#wait(JOIN_MS));
  }

  /** As one that was silent for ever: whoever wants to change something makes it join. */
  joinLater(): void {
    this.#shown = { now: -Infinity, clock: -Infinity };
    this.#startBeating();
  }

  isAlone(): boolean {
    return this.#familyId === undefined && this.#isFree();
  }

  async findAlone(): Promise<boolean> {
    return this.#familyId === undefined && this.#findFree();
  }

  watch(): void {
    this.#watchUntil = this.#now() + WATCH_MS;
    if (this.#isClosed || !this.#isFree()) return;
    this.#watching ??= setInterval(() => {
      if (this.#now() < this.#watchUntil && this.#isFree()) return;
      clearInterval(this.#watching);
      this.#watching = undefined;
    }, LOOK_AGAIN_MS / 2).unref();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wasAlone = false;
    clearInterval(this.#beat);
    clearInterval(this.#watching);
    await this.#looking;
    await deleteIfPresent(this.#driver, replica(this.id)).catch(() => undefined);
  }

  #asFamily(): Solitude {
    const epoch = () => this.epoch;
    return {
      isAlone: () => this.#isFree(),
      findAlone: () => this.#findFree(),
      watch: () => this.watch(),
      get epoch() {
        return epoch();
      },
    };
  }

  /** Whether there are no strangers on the store. */
  #isFree(): boolean {
    const age = this.#now() - this.#lookedAt;
    if (age >= LOOK_AGAIN_MS) void this.#lookQuietly();
    return this.#wasAlone && age < VALID_MS;
  }

  async #findFree(): Promise<boolean> {
    if (this.#now() - this.#lookedAt >= VALID_MS) await this.#lookQuietly();
    return this.#isFree();
  }

  #startBeating(): void {
    this.#beat ??= setInterval(() => void this.#showQuietly(), BEAT_MS).unref();
  }

  async #show(): Promise<void> {
    const moment = { now: this.#now(), clock: this.#clock() };
    const content = JSON.stringify({ ...thisProcess(), family: this.#familyId, beat: this.#beats++ });
    await this.#driver.put(replica(this.id), Buffer.from(content, 'utf8'));
    this.#shown = moment;
  }

  /** After a silence the others need the time to see this process again. */
  #showQuietly(): Promise<void> {
    const wasSilent = this.#isSilent();
    const showing = this.#show();
    if (wasSilent) {
      this.epoch++;
      this.#wasAlone = false;
      const waited = () => this.#wait(JOIN_MS);
      this.#hold(showing.then(waited, (error: unknown) => this.#goOnIfAlone(error)));
    }
    return showing.catch((error: unknown) => this.#log.debug({ err: error }, 'cannot show presence'));
  }

  /**
   * Nothing can be shown on a full disk, and deletes make room there. Whoever finds its own file, and no other, is counted by those who come
   * now.
   */
  async #goOnIfAlone(error: unknown): Promise<void> {
    if (!isStorageError(error, 'QUOTA_EXCEEDED')) throw error;
    await this.#look();
    if (!this.#wasAlone) throw error;
  }

  /** The longer of the two times: one of the clocks may have stood still, or been set. */
  #isSilent(): boolean {
    if (this.#shown === undefined) return false;
    const { now, clock } = this.#shown;
    return Math.max(this.#now() - now, this.#clock() - clock) >= SILENT_MS;
  }

  /** Keeps this process from changing the store until `time` is over. */
  #hold(time: Promise<void>): void {
    const joining = time.finally(() => {
      if (this.#joining === joining) this.#joining = undefined;
    });
    // Met by whoever waits for it.
    joining.catch(() => undefined);
    this.#joining = joining;
  }

  #lookQuietly(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#looking ??= this.#look()
      .catch((error: unknown) => this.#log.debug({ err: error }, 'cannot look for other registries'))
      .finally(() => {
        this.#looking = undefined;
      });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const start = this.#now();
    const ids = await this.#list();
    if (!ids.includes(this.id)) return this.#rejoin();
    this.#others = await this.#findOthers(ids.filter((id) => id !== this.id));
    const isAlone = this.#others.size === 0;
    // Somebody may have come, written and left while nobody looked.
    if (!isAlone || !this.#wasAlone || start - this.#lookedAt >= VALID_MS) this.epoch++;
    this.#wasAlone = isAlone;
    this.#lookedAt = start;
  }

  /** Somebody took this process for dead. */
  async #rejoin(): Promise<void> {
    this.#wasAlone = false;
    this.epoch++;
    if (!this.#isClosed) await this.join();
  }

  async #list(): Promise<string[]> {
    const ids: string[] = [];
    for await (const { path } of listAll(this.#driver, REPLICAS)) ids.push(baseName(path));
    return ids;
  }

  async #findOthers(ids: readonly string[]): Promise<Map<string, Other>> {
    const found = new Map<string, Other>();
    for (const id of ids) {
      const content = await this.#read(id);
      if (content === undefined) continue;
      const known = this.#others.get(id);
      const other = known?.content === content ? known : { content, since: this.#now() };
      const isGone = isDead(content) || this.#now() - other.since >= DEAD_MS;
      if (isGone) await deleteIfPresent(this.#driver, replica(id));
      else if (!this.#isOfFamily(content)) found.set(id, other);
    }
    return found;
  }

  #isOfFamily(content: string): boolean {
    return this.#familyId !== undefined && familyOf(content) === this.#familyId;
  }

  async #read(id: string): Promise<string | undefined> {
    const content = await orAbsent(this.#driver.get(replica(id)));
    return content && Buffer.from(content).toString('utf8');
  }
}
