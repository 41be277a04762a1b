import { randomUUID } from 'node:crypto';
import { serialize } from 'node:v8';
import type { Config } from '../config/config.js';
import type { LoadedConfig } from '../config/load-config.js';
import { announce } from '../serve/announce.js';
import { createClosing } from '../serve/closing.js';
import type { OtherDrivers } from '../serve/driver-reload.js';
import { readSearch } from '../serve/driver-reload.js';
import { startObservation } from '../serve/observe.js';
import type { ObservedOthers } from '../serve/observed-others.js';
import { closeDrivers, openStores } from '../serve/open-stores.js';
import type { ServeOptions, Surroundings } from '../serve/serve-options.js';
import { notifyServiceManager } from '../serve/service-manager.js';
import { inheritedSocket } from '../serve/socket-activation.js';
import { removeStaleSocket } from '../serve/stale-socket.js';
import { readVersion } from '../version.js';
import { createMetricsSum } from './metrics-sum.js';
import { assembleOnce } from './once-on-a-host.js';
import type { WorkerPool } from './worker-pool.js';
import { createWorkerPool } from './worker-pool.js';
import { openSocketDirectory, removeOwnSockets } from './worker-socket.js';

/**
 * The primary of several processes that serve: starts them, hands out the connections, and does what is done once on a host. It
 * answers no client of the registry itself.
 *
 * @throws CommandError, and what creating a driver throws
 */
export async function serveWithWorkers(
  options: ServeOptions,
  { config, file }: LoadedConfig,
  { output: { log }, signals, faults, count }: Surroundings & { readonly count: number },
): Promise<void> {
  const { environment, trace, print } = options;
  const closing = createClosing(log);
  try {
    const directory = await openSocketDirectory(environment);
    closing.add('sockets', () => removeOwnSockets(directory));
    const observation = await startObservation(config, { log, environment });
    const stores = await openStores(options, config, { log, observation, closing });
    faults.cleanUp = () => closeDrivers(stores);
    closing.add('observation', () => observation.close());
    observation.watch(stores);
    const family = randomUUID();
    const once = await assembleOnce(config, { stores, observation, log, closing, family });
    if (signals.received) return;
    await prepareAddress(config, environment);
    const pool = createWorkerPool({
      count,
      log,
      isInherited: inheritedSocket(environment) !== undefined,
      start: {
        count,
        family,
        trace,
        directory,
        config: serialize(config).toString('base64'),
        secret: Buffer.from(once.secret).toString('base64'),
        primaryPid: process.pid,
      },
    });
    closing.add('workers', () => pool.close());
    await observation.openDebug(observed(pool, count));
    const address = await pool.open();
    closing.add('signals', passOnSignals(config, pool));
    const search = readSearch(options, config, log);
    const others = driversOf(pool);
    await observation.serving({ address, file, others, search, reloadsAtHangUp: !signals.stopsAtHangUp });
    announce({ config, file, version: readVersion(), stores, address, workers: count }, print, log);
    await notifyServiceManager('READY=1', environment, log);
    once.begin();
    const signal = await Promise.race([signals.asked, pool.lost]);
    log.info({ signal }, 'stopping when the requests in flight have ended');
    observation.drain();
    await Promise.all([pool.drain(), notifyServiceManager('STOPPING=1', environment, log)]);
  } finally {
    await closing.close();
  }
}

/** The workers cannot tell a socket that somebody has left from one that another of them listens on. */
async function prepareAddress(
  { http: { address } }: Config,
  environment: ServeOptions['environment'],
): Promise<void> {
  if ('path' in address && inheritedSocket(environment) === undefined) await removeStaleSocket(address.path);
}

/** Those for which a worker has something to do: certificates are read again at SIGHUP, files of logs reopened at both. */
function passOnSignals({ auditLog }: Config, pool: WorkerPool): () => void {
  const names: NodeJS.Signals[] = auditLog.file === undefined ? ['SIGHUP'] : ['SIGHUP', 'SIGUSR1'];
  const passOn = names.map((name) => [name, () => pool.signal(name)] as const);
  for (const [name, listener] of passOn) process.on(name, listener);
  return () => {
    for (const [name, listener] of passOn) process.off(name, listener);
  };
}

function observed(pool: WorkerPool, count: number): ObservedOthers {
  const sum = createMetricsSum();
  pool.onEnd = (number) => sum.retire(number);
  return {
    async metrics(own) {
      for (const { number, value } of await pool.ask('metrics')) sum.set(number, value);
      sum.set(0, own);
      return sum.text({ serving: pool.serving, restarts: pool.restarts });
    },
    obstacles: (): Readonly<Record<string, string>> =>
      pool.serving > 0 ? {} : { workers: `none of ${String(count)} serves at the moment` },
  };
}

function driversOf(pool: WorkerPool): OtherDrivers {
  return {
    status: async () =>
      (await pool.ask('status')).flatMap(({ number, value }) =>
        value.map((one) => ({ ...one, worker: number })),
      ),
    async reload(request) {
      const { answers, failures } = await pool.reload(request);
      return { drivers: answers.map(({ number, value }) => ({ ...value, worker: number })), failures };
    },
  };
}
