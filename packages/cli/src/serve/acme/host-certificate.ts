import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@outrigger/registry';
import { AcmeError, retryAfterOf } from './acme-error.js';
import type { CacheDirectory } from './cache-directory.js';
import type { Failures } from './failures.js';
import { NO_FAILURES, readFailures, writeFailures } from './failures.js';
import type { Identity } from './identity.js';
import { formatIdentity, parseIdentity } from './identity.js';
import { takeLease } from './lease.js';
import { renewalTime, retryDelay } from './schedule.js';

export interface HostCertificateParts {
  readonly cache: CacheDirectory;
  /** Gets a certificate from the CA. */
  readonly order: (host: string, signal: AbortSignal) => Promise<Identity>;
  readonly log: Logger;
  /** Ends everything. */
  readonly signal: AbortSignal;
}

/** An order that takes longer has failed. */
const ORDER_MS = 120_000;
/** Whoever holds the lease for longer is gone. */
const LEASE_MS = ORDER_MS + 30_000;
const LEASE_POLL_MS = 1_000;
/** Timers reach no further than 24 days; and another process may have renewed the certificate. */
const LOOK_MS = 3_600_000;
/** What cannot be read or written now may be so later. */
const TROUBLE_MS = 60_000;
const SOONEST_MS = 1_000;

/** The certificate of one host: taken from the cache, ordered when there is none there, and renewed in time. */
export class HostCertificate {
  readonly host: string;
  readonly #parts: HostCertificateParts;
  #identity: Identity | undefined;
  #renewAt = 0;
  #isSaved = true;
  #failures: Failures = NO_FAILURES;
  #looking: Promise<void> | undefined;
  /** What was complained of last: clients make us look again and again. */
  #complaint = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(host: string, parts: HostCertificateParts) {
    this.host = host;
    this.#parts = parts;
  }

  /** What clients get to see, good or not. */
  get identity(): Identity | undefined {
    return this.#identity;
  }

  /** Whether a client can be content with what there is. */
  get isGood(): boolean {
    return this.#identity !== undefined && endOf(this.#identity) > Date.now();
  }

  /** Takes what is in the cache. @throws Error when that cannot be read */
  async load(): Promise<void> {
    const { cache, log } = this.#parts;
    const text = await cache.get(this.host);
    const identity = text === undefined ? undefined : parseIdentity(text, this.host);
    if (text !== undefined && identity === undefined)
      this.#complain(`the certificate of ${this.host} in the cache cannot be used`);
    const current = this.#identity;
    if (identity === undefined || identity.chain === current?.chain) return;
    // What could not be written is better than what is there.
    if (current !== undefined && endOf(identity) < endOf(current)) return;
    this.#use(identity);
    log.info(this.#fields(), 'the certificate was taken from the cache');
  }

  /**
   * Looks whether there is something to do, does it, and comes again by itself when it is time. One look at a time: who comes
   * meanwhile waits for it. Never rejects.
   */
  look(): Promise<void> {
    if (this.#parts.signal.aborted) return Promise.resolve();
    this.#looking ??= this.#lookNow().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** Forgets the failures, and looks. */
  async retry(): Promise<void> {
    await this.#looking;
    await this.#keep(NO_FAILURES);
    await this.look();
  }

  /** After the signal. */
  async close(): Promise<void> {
    await this.#looking;
    clearTimeout(this.#timer);
  }

  async #lookNow(): Promise<void> {
    const { signal } = this.#parts;
    clearTimeout(this.#timer);
    let wait = TROUBLE_MS;
    try {
      wait = await this.#advance();
    } catch (error) {
      if (!signal.aborted) this.#complain(`the cache of certificates cannot be used: ${reasonOf(error)}`);
    }
    if (signal.aborted) return;
    this.#timer = setTimeout(() => void this.look(), Math.min(Math.max(wait, SOONEST_MS), LOOK_MS)).unref();
  }

  /** @returns when to come again, in milliseconds from now */
  async #advance(): Promise<number> {
    const { cache, signal } = this.#parts;
    for (;;) {
      signal.throwIfAborted();
      await this.load();
      await this.#save();
      const kept = await readFailures(cache, this.host);
      if (kept.until > this.#failures.until) this.#failures = kept;
      const wait = Math.max(this.#renewAt, this.#failures.until) - Date.now();
      if (wait > 0) return wait;
      const lease = await takeLease(cache, LEASE_MS);
      if (lease === undefined) {
        await pause(LEASE_POLL_MS, undefined, { signal, ref: false });
        continue;
      }
      try {
        await this.#orderUnlessThere();
      } finally {
        await lease.release();
      }
    }
  }

  /** Another process may have been here between the look at the cache and the lease. */
  async #orderUnlessThere(): Promise<void> {
    await this.load();
    if (Date.now() < this.#renewAt) return;
    const { order, signal, log } = this.#parts;
    log.info({ host: this.host }, 'a certificate is ordered');
    try {
      const identity = await order(this.host, AbortSignal.any([signal, AbortSignal.timeout(ORDER_MS)]));
      assertIsValidNow(identity);
      this.#use(identity);
    } catch (error) {
      if (signal.aborted) throw error;
      await this.#fail(error);
      return;
    }
    this.#isSaved = false;
    // One whose time has come already is no reason to order another one at once.
    this.#renewAt = Math.max(this.#renewAt, Date.now() + this.#grace());
    await this.#keep(NO_FAILURES);
    await this.#save().finally(() => {
      log.info(this.#fields(), 'a certificate was issued');
    });
  }

  #grace(): number {
    const identity = this.#identity;
    return identity === undefined ? 0 : Math.min((endOf(identity) - Date.now()) / 2, TROUBLE_MS);
  }

  async #save(): Promise<void> {
    const identity = this.#identity;
    if (this.#isSaved || identity === undefined) return;
    await this.#parts.cache.put(this.host, formatIdentity(identity));
    this.#isSaved = true;
  }

  #use(identity: Identity): void {
    this.#identity = identity;
    this.#renewAt = renewalTime(identity.leaf);
  }

  async #fail(error: unknown): Promise<void> {
    const count = this.#failures.count + 1;
    const until = Date.now() + retryDelay(count, this.isGood, retryAfterOf(error));
    const consequence = this.isGood
      ? 'the old one goes on'
      : this.#identity !== undefined
        ? 'the one that clients see has expired'
        : 'clients of this host are refused';
    const nextAttempt = new Date(until).toISOString();
    const fields = { ...this.#fields(), reason: reasonOf(error), nextAttempt };
    this.#parts.log.error(fields, `no certificate was issued: ${consequence}`);
    await this.#keep({ count, until });
  }

  /** What cannot be written is remembered at least. */
  async #keep(failures: Failures): Promise<void> {
    this.#failures = failures;
    await writeFailures(this.#parts.cache, this.host, failures).catch((error: unknown) => {
      this.#complain(`the cache of certificates cannot be written: ${reasonOf(error)}`);
    });
  }

  #complain(message: string): void {
    if (message !== this.#complaint) this.#parts.log.error({ host: this.host }, message);
    this.#complaint = message;
  }

  #fields(): { host: string; validTo?: string; serialNumber?: string } {
    const leaf = this.#identity?.leaf;
    return { host: this.host, ...(leaf && { validTo: leaf.validTo, serialNumber: leaf.serialNumber }) };
  }
}

function endOf({ leaf }: Identity): number {
  return Date.parse(leaf.validTo);
}

/** Stacks lead into libraries, and say nothing to an operator. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return error.name === 'TimeoutError' ? 'it took too long' : error.message;
}

function assertIsValidNow({ leaf }: Identity): void {
  const now = Date.now();
  if (now < Date.parse(leaf.validFrom) || now >= Date.parse(leaf.validTo)) {
    const span = `${leaf.validFrom} to ${leaf.validTo}`;
    throw new AcmeError(`the CA sent a certificate that is not valid now (${span}): is the clock right?`);
  }
}
