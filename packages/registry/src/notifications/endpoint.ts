import { setTimeout as sleep } from 'node:timers/promises';
import type { EventAction, RegistryEvent } from '../events/registry-event.js';
import type { Logger } from '../logger.js';
import type { BacklogLimits } from './backlog.js';
import { createBacklog } from './backlog.js';
import { createBreaker } from './breaker.js';
import { envelope } from './encode-event.js';
import type { EndpointSettings } from './endpoint-settings.js';
import { isIgnored } from './endpoint-settings.js';
import { createPoster } from './post-event.js';
import type { Spool } from './spool.js';

/** The counts of an endpoint since the start, in the words of Distribution's metrics. */
export interface EndpointSnapshot {
  readonly name: string;
  /** Not delivered yet. */
  readonly pending: number;
  /** All that came, those that an earlier start left behind too. */
  readonly events: number;
  /** Delivered. */
  readonly successes: number;
  /** Attempts that were answered, with anything but 2xx or 3xx. */
  readonly failures: number;
  /** Attempts without an answer. */
  readonly errors: number;
  /** Events that were lost because too many were waiting. */
  readonly dropped: number;
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>;
}

/** Delivers events to one endpoint, in order, one at a time, until each has arrived. */
export interface Endpoint {
  readonly name: string;
  readonly actions: readonly EventAction[];
  readonly isSpooled: boolean;
  wants(event: RegistryEvent): boolean;
  add(json: string): void;
  /** Adds what is left in a directory of the store. */
  takeOver(directory: string): Promise<number>;
  snapshot(): EndpointSnapshot;
  /** Gives an endpoint that works a moment to take what is left; what has not arrived then goes to the store. */
  close(): Promise<void>;
}

export interface EndpointParts {
  readonly limits: BacklogLimits;
  readonly spool: Spool | undefined;
  readonly spoolDelayMs: number;
  readonly lastMomentMs: number;
  readonly log: Logger;
}

const ACTIONS: readonly EventAction[] = ['pull', 'push', 'mount', 'delete'];

export function createEndpoint(settings: EndpointSettings, parts: EndpointParts): Endpoint {
  const { spool, log } = parts;
  const { name } = settings;
  const counts = { events: 0, successes: 0, failures: 0, errors: 0, dropped: 0 };
  const statuses: Record<string, number> = {};
  const poster = createPoster(settings);
  const breaker = createBreaker(settings.threshold, settings.backoffMs);
  const closing = new AbortController();
  const isClosing = (): boolean => closing.signal.aborted;
  const backlog = createBacklog({
    limits: parts.limits,
    spool,
    delayMs: parts.spoolDelayMs,
    onDrop: () => {
      const dropped = ++counts.dropped;
      // Once for each power of ten: there may be thousands.
      if (/^10*$/.test(String(dropped)))
        log.warn({ endpoint: name, dropped }, 'notifications: too many events wait, the oldest are dropped');
    },
    onSpoolError: (error) =>
      log.warn({ endpoint: name, err: error }, 'notifications: the store keeps no events'),
  });

  /** Resolves to whether the event has arrived; not, when the endpoint is closed. */
  const deliver = async (json: string): Promise<boolean> => {
    const body = envelope(json);
    while (!isClosing()) {
      const wait = breaker.delay(performance.now());
      if (wait > 0)
        await sleep(wait, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);
      if (isClosing()) return false;
      if (await attempt(body)) return true;
    }
    return false;
  };
  const attempt = async (body: string): Promise<boolean> => {
    const { delivered, status, reason } = await poster.post(body, closing.signal);
    if (status !== undefined) statuses[status] = (statuses[status] ?? 0) + 1;
    if (delivered) {
      counts.successes++;
      breaker.succeeded();
    } else if (!isClosing()) {
      counts[status === undefined ? 'errors' : 'failures']++;
      const failures = breaker.failed(performance.now());
      const level = failures === 1 || failures === settings.threshold ? 'warn' : 'debug';
      log[level](
        { endpoint: name, reason, failures, pending: backlog.count },
        'notifications: not delivered',
      );
    }
    return delivered;
  };
  const run = async (): Promise<void> => {
    for (let next = await backlog.take(); next !== undefined; next = await backlog.take()) {
      if (await deliver(next.json)) backlog.finish(next);
      else backlog.giveBack(next);
    }
  };
  const running = run();

  return {
    name,
    actions: ACTIONS.filter((action) => !settings.ignoredActions.includes(action)),
    get isSpooled() {
      return backlog.isSpooled;
    },
    wants: (event) => !isIgnored(settings, event),
    add(json) {
      counts.events++;
      backlog.add(json);
    },
    async takeOver(directory) {
      let taken = 0;
      for await (const { path, events } of spool?.takeOver(directory) ?? []) {
        if (events.length === 0) await spool?.remove(path);
        const batch = { path, left: events.length };
        for (const json of events) backlog.add(json, batch);
        taken += events.length;
      }
      counts.events += taken;
      return taken;
    },
    snapshot: () => ({ name, pending: backlog.count, ...counts, statuses: { ...statuses } }),
    async close() {
      const moment = new AbortController();
      if (!breaker.isFailing)
        await Promise.race([
          backlog.empty(),
          sleep(parts.lastMomentMs, undefined, moment).catch(() => undefined),
        ]);
      moment.abort();
      backlog.stop();
      closing.abort();
      await running;
      poster.close();
      await backlog.close();
    },
  };
}
