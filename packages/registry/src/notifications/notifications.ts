import type { StorageDriver } from '@outrigger/driver';
import { baseName } from '@outrigger/driver';
import type { EventListener } from '../events/registry-event.js';
import type { Logger } from '../logger.js';
import type { BacklogLimits } from './backlog.js';
import type { EventSource } from './encode-event.js';
import { encodeEvent } from './encode-event.js';
import type { EndpointSnapshot } from './endpoint.js';
import { createEndpoint } from './endpoint.js';
import type { EndpointSettings } from './endpoint-settings.js';
import type { ReplicaSpool } from './replica-spool.js';
import { createReplicaSpool, segment } from './replica-spool.js';
import { createSpool } from './spool.js';

export interface NotificationsOptions {
  readonly endpoints: readonly EndpointSettings[];
  /** Whether a manifest's event says what the manifest names. */
  readonly includeReferences: boolean;
  readonly source: EventSource;
  /** Keeps what could not be delivered, across restarts. Undefined: nothing does. */
  readonly driver: StorageDriver | undefined;
  /** The same after a restart, another one for each of several replicas of a store. Default: the source's address. */
  readonly replica?: string | undefined;
  /** What waits for one endpoint at the most. Default: 10,000 events, 16 MiB. */
  readonly limits?: BacklogLimits | undefined;
  /** How long an event may wait before it goes to the store, in milliseconds. Default: 1000. */
  readonly spoolDelayMs?: number | undefined;
  /** How long an endpoint that works may take what is left at the end, in milliseconds. Default: 1000. */
  readonly lastMomentMs?: number | undefined;
  readonly log: Logger;
}

/** Webhooks: sends events to the endpoints of the configuration. */
export interface Notifications {
  /** For a registry. */
  readonly listener: EventListener;
  snapshot(): EndpointSnapshot[];
  /** Takes up what earlier starts, and replicas that are gone, have left in the store. Never rejects. */
  recover(): Promise<void>;
  /** Stops sending. What has not arrived is in the store then. Call it before the driver is closed. */
  close(): Promise<void>;
}

const DEFAULT_LIMITS: BacklogLimits = { count: 10_000, bytes: 16 * 1024 * 1024 };
const CHECK_MS = 60_000;

export function createNotifications(options: NotificationsOptions): Notifications {
  const { driver, source, log, includeReferences } = options;
  const files = driver && createReplicaSpool(driver, options.replica ?? source.addr);
  const endpoints = options.endpoints.map((settings) =>
    createEndpoint(settings, {
      limits: options.limits ?? DEFAULT_LIMITS,
      spool: driver && files && createSpool(driver, files.directory(settings.name), () => files.beat()),
      spoolDelayMs: options.spoolDelayMs ?? 1000,
      lastMomentMs: options.lastMomentMs ?? 1000,
      log,
    }),
  );
  const recoverOwn = async (): Promise<void> => {
    if (files === undefined) return;
    for (const endpoint of endpoints) {
      const count = await endpoint.takeOver(files.directory(endpoint.name));
      if (count > 0)
        log.info({ endpoint: endpoint.name, count }, 'notifications: events of an earlier start');
    }
  };
  const recoverAbandoned = async (from: ReplicaSpool): Promise<void> => {
    for (const left of await from.abandoned()) {
      for (const directory of left.endpoints) {
        const endpoint = endpoints.find(({ name }) => segment(name) === baseName(directory));
        const fields = { replica: baseName(left.replica), endpoint: endpoint?.name ?? baseName(directory) };
        const count = await endpoint?.takeOver(directory);
        if (count === undefined)
          log.warn(fields, 'notifications: events for an endpoint that is gone: dropped');
        else if (count > 0) log.info({ ...fields, count }, 'notifications: events that a replica has left');
      }
      await from.forget(left.replica);
    }
  };
  const check = async (): Promise<void> => {
    if (files === undefined) return;
    if (endpoints.some(({ isSpooled }) => isSpooled)) await files.beat();
    await recoverAbandoned(files);
  };
  const quietly = (task: Promise<void>): Promise<void> =>
    task.catch((error: unknown) =>
      log.warn({ err: error }, 'notifications: the store cannot be looked through'),
    );
  let checking = Promise.resolve();
  const timer = setInterval(() => {
    checking = checking.then(() => quietly(check()));
  }, CHECK_MS).unref();

  return {
    listener: {
      actions: [...new Set(endpoints.flatMap(({ actions }) => actions))],
      listen(event) {
        const wanted = endpoints.filter((endpoint) => endpoint.wants(event));
        if (wanted.length === 0) return;
        const json = encodeEvent(event, source, includeReferences);
        for (const endpoint of wanted) endpoint.add(json);
      },
    },
    snapshot: () => endpoints.map((endpoint) => endpoint.snapshot()),
    async recover() {
      checking = checking.then(() => quietly(recoverOwn())).then(() => quietly(check()));
      await checking;
    },
    async close() {
      clearInterval(timer);
      await checking;
      const closed = await Promise.allSettled(endpoints.map((endpoint) => endpoint.close()));
      for (const [index, result] of closed.entries()) {
        if (result.status === 'fulfilled') continue;
        const { name: endpoint, pending } = endpoints[index]?.snapshot() ?? {};
        log.error({ endpoint, pending, err: result.reason }, 'notifications: undelivered events are lost');
      }
      await files?.leave().catch(() => undefined);
    },
  };
}
