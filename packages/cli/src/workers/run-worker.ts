import { deserialize } from 'node:v8';
import type { Config } from '../config/config.js';
import { toFailure } from '../failure.js';
import type { Log } from '../log/create-log.js';
import { createLog } from '../log/create-log.js';
import { createAccessLog } from '../serve/access-log.js';
import { assemble, prepareParts } from '../serve/assemble.js';
import type { FaultCatcher } from '../serve/catch-faults.js';
import { catchFaults } from '../serve/catch-faults.js';
import type { Closing } from '../serve/closing.js';
import { createClosing } from '../serve/closing.js';
import { describeStore } from '../serve/describe-driver.js';
import { idle } from '../serve/idle.js';
import type { Observation } from '../serve/observe.js';
import { startObservation } from '../serve/observe.js';
import { openServer } from '../serve/open-server.js';
import type { OpenStores } from '../serve/open-store.js';
import { closeDrivers, openStores } from '../serve/open-stores.js';
import { supervisedDriver } from '../serve/supervised-driver.js';
import { trustForwarded } from '../serve/trusted-proxies.js';
import type { Channel, ChannelListener } from './channel.js';
import { openChannel } from './channel.js';
import { createFamilyLink } from './family-link.js';
import type { ForwardOptions } from './forward.js';
import { forwardUploads } from './forward.js';
import type { Start } from './messages.js';
import { openOwnServer } from './own-server.js';
import { workerSocket } from './worker-socket.js';

/** The primary decides when a worker ends: a terminal, and some service managers, send these to all processes. */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Serves clients as one of several processes, until the primary says that it is enough, or is gone. */
export async function runWorker(): Promise<void> {
  for (const signal of SIGNALS) process.on(signal, () => undefined);
  const channel = openChannel();
  const start = await channel.start;
  const config = deserialize(Buffer.from(start.config, 'base64')) as Config;
  const { log } = config;
  const output = createLog({ ...log, fields: { ...log.fields, worker: start.number } });
  const faults = catchFaults(output);
  let exitCode = 0;
  try {
    await serveUntilAsked(config, start, { channel, output, faults });
  } catch (error) {
    const failure = toFailure(error);
    ({ exitCode } = failure);
    await channel.sendLast({ type: 'failed', ...failure });
  }
  output.flush();
  // Without the primary's channel Node would end it with 0.
  process.exit(exitCode);
}

interface Surroundings {
  readonly channel: Channel;
  readonly output: Log;
  readonly faults: FaultCatcher;
}

async function serveUntilAsked(
  config: Config,
  start: Start,
  { channel, output: { log }, faults }: Surroundings,
): Promise<void> {
  const { number, count, directory, primaryPid, trace, search } = start;
  const environment = process.env;
  const closing = createClosing(log);
  try {
    const family = createFamilyLink({
      id: start.family,
      number,
      count,
      held: start.held,
      send: (keys) => channel.send({ type: 'keys', ...keys }),
    });
    const answers = Promise.withResolvers<ChannelListener['ask']>();
    // From its first word on the others wait for this worker's, and not for as long as a driver may need to start.
    channel.attach({
      keys: (keys) => family.receive(keys),
      ask: async (question) => (await answers.promise)(question),
    });
    const prepared = await prepareParts(config, { log, environment });
    const observation = await startObservation(config, { log, environment });
    const onProcess = (pid: number, isRunning: boolean) => channel.send({ type: 'driver', pid, isRunning });
    const parts = { log, observation, closing, onProcess, search };
    const stores = await openStores({ environment, trace }, config, parts);
    faults.cleanUp = () => closeDrivers(stores);
    closing.add('observation', () => observation.close());
    answers.resolve(answersOf(stores, observation));
    const worker = { family, number, secret: Buffer.from(start.secret, 'base64') };
    const assembled = await assemble(config, { prepared, stores, observation, log, closing, worker });
    const front = observation.front(assembled.registry);
    const accessLog = config.log.accessLog ? createAccessLog(log, config.log) : undefined;
    closing.add('access log', () => accessLog?.flush());
    closing.add('registry', () => idle(assembled.registry));
    const handle = trustForwarded(config.trustedProxies, front.handle);
    const { patienceMs } = config.limits;
    const forward = { number, count, directory, primaryPid, prefix: prefixOf(config), patienceMs };
    const share = await openToOthers(forward, closing, log);
    const place = { count, primaryPid, share };
    const server = await openServer(config, {
      registry: { handle },
      accessLog,
      log,
      environment,
      worker: place,
    });
    let stopping: Promise<void> | undefined;
    const stop = () => (stopping ??= server.stop());
    closing.add('server', stop);
    assembled.begin();
    channel.send({ type: 'serving', address: server.address });
    await channel.drain;
    observation.drain();
    await stop();
    channel.send({ type: 'drained' });
    // Others may still have requests of clients for this one.
    await channel.close;
  } finally {
    await closing.close();
  }
}

function prefixOf({ http }: Config): string {
  return (http.prefix ?? '').replace(/\/+$/, '');
}

type Handle = Parameters<typeof forwardUploads>[1];

/** Listens for the others at once; they are served as soon as it is known by what. */
async function openToOthers(
  options: ForwardOptions,
  closing: Closing,
  log: Log['log'],
): Promise<(handle: Handle) => Handle> {
  const { directory, primaryPid, number } = options;
  let serveOne: Handle = (_req, res) => res.destroy();
  const path = workerSocket(directory, primaryPid, number);
  const own = await openOwnServer(path, (req, res) => serveOne(req, res), log);
  closing.add('socket for the other workers', () => own.close());
  return (handle) => {
    serveOne = handle;
    return forwardUploads(options, handle);
  };
}

/** What the primary tells of this process when it is asked. */
function answersOf(stores: OpenStores, { metrics }: Observation): ChannelListener['ask'] {
  return async ({ question, reload }) => {
    if (question === 'metrics') return (await metrics?.text()) ?? '';
    if (question === 'status') return stores.map(describeStore);
    // The stores of all processes are those of one configuration.
    const store = stores[reload?.store ?? 0] ?? stores[0];
    await supervisedDriver(store.driver)?.reload(reload);
    return describeStore(store);
  };
}
