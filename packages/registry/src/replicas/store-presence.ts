import { randomUUID } from 'node:crypto';
import type { StorageDriver } from '@outrigger/driver';
import { isStorageError } from '@outrigger/driver';
import { deleteIfPresent } from '../layout/delete-if-present.js';
import type { Logger } from '../logger.js';
import { hear, ring, ringerOf } from './bell.js';
import type { Others } from './others.js';
import { DEAD_MS, createOthers } from './others.js';
import { replica } from './paths.js';
import type { Presence, Solitude } from './presence.js';
import { thisProcess } from './process-identity.js';

/** How long a look at the store counts, from its start. */
const VALID_MS = 2500;
/**
 * After this long a new look is taken, while the old one still counts. What is left is the time that a look may take: an object store that
 * is busy with parts of blobs needs more than a second for it; and each look is a request that somebody pays for.
 */
const LOOK_AGAIN_MS = 800;
/** Who is not alone learns by a look that it is, and that may come late. */
const LOOK_BESIDE_OTHERS_MS = 15_000;
/** For so long after a ring looks are listings: on some stores a listing learns late of who has come. */
const SETTLING_MS = 60_000;
/** More than {@link VALID_MS}: all others have looked in between. */
const JOIN_MS = 4000;
/** How often each shows that it lives, beside others. */
const BEAT_MS = 15_000;
/** Whoever has not been counted for so long cannot be sure that the others still count it. */
const SILENT_MS = DEAD_MS / 2;

export interface PresenceOptions {
  /** The same in all processes of a family, and in no others. A member of one is never alone; its family may be. */
  readonly family?: string | undefined;
  /** Milliseconds, from any start; never goes back. */
  readonly now?: () => number;
  /** Milliseconds that go on while the machine sleeps. */
  readonly clock?: () => number;
  readonly wait?: (milliseconds: number) => Promise<void>;
}

interface Moment {
  readonly now: number;
  readonly clock: number;
}

const LONG_AGO: Moment = { now: -Infinity, clock: -Infinity };

/** The presence of a process that has a file in the store. */
export class StorePresence implements Presence {
  epoch = 0;
  readonly family: Solitude;
  readonly #id = randomUUID();
  readonly #familyId: string | undefined;
  readonly #driver: StorageDriver;
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #clock: () => number;
  readonly #wait: (milliseconds: number) => Promise<void>;
  readonly #others: Others;
  #joining: Promise<void> | undefined;
  /** Whether its file was ever there. */
  #isShown = false;
  /** When whoever was there, or came then, could last see this process live. */
  #counted: Moment | undefined;
  #lookedAt = LONG_AGO;
  #wasAlone = false;
  /** The bell, as it was before the look that found nobody. */
  #heard: string | undefined;
  /** When it was heard first. */
  #heardAt = LONG_AGO;
  #looking: Promise<void> | undefined;
  #showing: Promise<void> | undefined;
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
    this.#others = createOthers({ driver, id: this.#id, familyId: family, now: this.#now });
  }

  get id(): string | undefined {
    return this.#isShown ? this.#id : undefined;
  }

  get others(): number {
    return this.#others.count;
  }

  get joining(): Promise<void> | undefined {
    if (this.#joining === undefined && this.#isSilent() && !this.#isClosed) this.#hold(this.#comeBack());
    return this.#joining;
  }

  async join(): Promise<void> {
    await this.#come();
    await this.#look();
    this.#startBeating();
    if (this.#others.count === 0) return;
    this.#log.info({ others: this.#others.count }, 'other registries use this store');
    this.#hold(this.#wait(JOIN_MS));
  }

  /** As one that was silent for ever: whoever wants to change something makes it join. */
  joinLater(): void {
    this.#counted = LONG_AGO;
    this.#startBeating();
  }

  isAlone(): boolean {
    return this.#familyId === undefined && this.#isFree();
  }

  async findAlone(): Promise<boolean> {
    return this.#familyId === undefined && this.#findFree();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wasAlone = false;
    clearInterval(this.#beat);
    await this.#looking;
    // One that is on its way would come behind the delete, and count as one that lives.
    await this.#showing?.catch(() => undefined);
    await deleteIfPresent(this.#driver, replica(this.#id)).catch(() => undefined);
  }

  #asFamily(): Solitude {
    const epoch = () => this.epoch;
    return {
      isAlone: () => this.#isFree(),
      findAlone: () => this.#findFree(),
      get epoch() {
        return epoch();
      },
    };
  }

  /** Whether there are no strangers on the store. */
  #isFree(): boolean {
    const age = this.#since(this.#lookedAt);
    if (age >= (this.#wasAlone ? LOOK_AGAIN_MS : LOOK_BESIDE_OTHERS_MS)) void this.#lookQuietly();
    return this.#wasAlone && age < VALID_MS;
  }

  async #findFree(): Promise<boolean> {
    const age = this.#since(this.#lookedAt);
    if (age >= (this.#wasAlone ? VALID_MS : LOOK_BESIDE_OTHERS_MS)) await this.#lookQuietly();
    return this.#isFree();
  }

  #startBeating(): void {
    this.#beat ??= setInterval(() => void this.#liveOn(), BEAT_MS).unref();
  }

  /** Who is alone has nobody to show itself to, and finds by a look that this is still so. */
  async #liveOn(): Promise<void> {
    if (this.#wasAlone || this.#since(this.#lookedAt) >= DEAD_MS) await this.#lookQuietly();
    try {
      if (!this.#wasAlone || this.#isSilent()) await (this.joining ?? this.#show());
      // Somebody has cleared the store.
      else if (this.#heard === undefined) await ring(this.#driver, this.#id);
    } catch (error) {
      this.#log.debug({ err: error }, 'cannot show presence');
    }
  }

  async #show(): Promise<void> {
    if (this.#isClosed) return;
    const moment = this.#moment();
    const content = JSON.stringify({ ...thisProcess(), family: this.#familyId, beat: this.#beats++ });
    this.#showing = this.#driver.put(replica(this.#id), Buffer.from(content, 'utf8'));
    await this.#showing;
    this.#isShown = true;
    this.#counted = moment;
  }

  /** In this order: whoever hears the bell finds the file. */
  async #come(): Promise<void> {
    await this.#show();
    await ring(this.#driver, this.#id);
  }

  /** After a silence the others need the time to see this process again; unless nobody has come since it was alone. */
  async #comeBack(): Promise<void> {
    const start = this.#moment();
    if (await this.#isUnvisited(start)) return;
    this.#doubt();
    try {
      await this.#come();
    } catch (error) {
      return this.#goOnIfAlone(error);
    }
    await this.#wait(JOIN_MS);
  }

  /**
   * Nothing can be shown on a full disk, and deletes make room there. Whoever finds its own file, and no other, is counted by those who come
   * now. One that has no file since the disk was full when it came is counted by nobody: it never takes itself for alone, and joins as soon
   * as there is room; until then it goes on where nobody is there.
   */
  async #goOnIfAlone(error: unknown): Promise<void> {
    if (!isStorageError(error, 'QUOTA_EXCEEDED') || !(await this.#isNobodyThere())) throw error;
  }

  async #isNobodyThere(): Promise<boolean> {
    if (!this.#isShown) {
      await this.#others.find(ringerOf(await hear(this.#driver)));
      return this.#others.count === 0;
    }
    await this.#look();
    return this.#wasAlone;
  }

  #isSilent(): boolean {
    return this.#counted !== undefined && this.#since(this.#counted) >= SILENT_MS;
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
    const start = this.#moment();
    const isSettled = this.#since(this.#heardAt) >= SETTLING_MS;
    if (isSettled && (await this.#isUnvisited(start))) this.#lookedAt = start;
    else await this.#lookForOthers(start);
  }

  /** Whether nobody has come since this process was found alone. Whoever comes from now on finds it, and counts it from then on. */
  async #isUnvisited(start: Moment): Promise<boolean> {
    if (!this.#wasAlone || this.#heard === undefined) return false;
    const { epoch } = this;
    const isSame = (await hear(this.#driver)) === this.#heard;
    // What was doubted meanwhile stays in doubt.
    if (!isSame || epoch !== this.epoch) return false;
    this.#counted = start;
    return true;
  }

  async #lookForOthers(start: Moment): Promise<void> {
    // Before the files are listed: who comes behind this rings another bell.
    const heard = await hear(this.#driver);
    if (!(await this.#others.find(ringerOf(heard)))) return this.#rejoin();
    const isAlone = this.#others.count === 0;
    const isSame = heard !== undefined && heard === this.#heard;
    // Whoever rang may have come, written and left.
    if (!(isSame && isAlone && this.#wasAlone)) this.epoch++;
    this.#wasAlone = isAlone;
    if (!isSame) this.#heardAt = start;
    this.#heard = heard;
    this.#lookedAt = start;
    if (isSame && isAlone) this.#counted = start;
  }

  /** Somebody took this process for dead. */
  async #rejoin(): Promise<void> {
    this.#doubt();
    if (!this.#isClosed) await this.join();
  }

  /** Somebody may be there. */
  #doubt(): void {
    this.epoch++;
    this.#wasAlone = false;
    this.#lookedAt = LONG_AGO;
  }

  #moment(): Moment {
    return { now: this.#now(), clock: this.#clock() };
  }

  /** The longer of the two times: one of the clocks may have stood still, or been set. */
  #since({ now, clock }: Moment): number {
    return Math.max(this.#now() - now, this.#clock() - clock);
  }
}
