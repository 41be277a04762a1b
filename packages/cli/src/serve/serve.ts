import type { Config } from '../config/config.js';
import { formatIssue } from '../config/config-error.js';
import type { LoadedConfig } from '../config/load-config.js';
import { loadConfig } from '../config/load-config.js';
import { createLog } from '../log/create-log.js';
import { readVersion } from '../version.js';
import { countWorkers } from '../workers/count-workers.js';
import { createAccessLog } from './access-log.js';
import { announce } from './announce.js';
import { assemble, prepareParts } from './assemble.js';
import { catchFaults } from './catch-faults.js';
import { createClosing } from './closing.js';
import { readSearch } from './driver-reload.js';
import { idle } from './idle.js';
import { startObservation } from './observe.js';
import { openServer } from './open-server.js';
import { closeDrivers, openStores } from './open-stores.js';
import type { ServeOptions, Surroundings } from './serve-options.js';
import { catchStopSignals } from './stop-signals.js';
import { trustForwarded } from './trusted-proxies.js';

/**
 * Runs the registry until SIGTERM or SIGINT. When it returns or throws, nothing of it is left running.
 *
 * @throws ConfigError, CommandError, and what creating a driver throws
 */
export async function serve(options: ServeOptions): Promise<void> {
  const loaded = await loadConfig(options.file, options.environment);
  const output = createLog(loaded.config.log);
  const signals = catchStopSignals(output.flush, process.stdout.isTTY && !hasFilesToReopen(loaded.config));
  const faults = catchFaults(output);
  try {
    for (const warning of loaded.warnings) output.log.warn({}, formatIssue(warning));
    const surroundings = { output, signals, faults };
    const count = countWorkers(loaded.config);
    if (count === 1) await serveUntilAsked(options, loaded, surroundings);
    else {
      const { serveWithWorkers } = await import('../workers/serve-with-workers.js');
      await serveWithWorkers(options, loaded, { ...surroundings, count });
    }
    output.log.info({}, 'stopped');
  } finally {
    faults.dispose();
    signals.dispose();
    output.flush();
  }
}

/** Without any, a SIGHUP can only mean that the terminal is gone. */
function hasFilesToReopen({ http, auditLog }: Config): boolean {
  return http.tls !== undefined || (auditLog.enabled && auditLog.file !== undefined);
}

async function serveUntilAsked(
  options: ServeOptions,
  loaded: LoadedConfig,
  { output: { log }, signals, faults }: Surroundings,
): Promise<void> {
  const { config, file } = loaded;
  const { environment } = options;
  const closing = createClosing(log);
  try {
    const prepared = await prepareParts(config, { log, environment });
    const observation = await startObservation(config, { log, environment });
    const stores = await openStores(options, config, { log, observation, closing });
    faults.cleanUp = () => closeDrivers(stores);
    closing.add('observation', () => observation.close());
    if (signals.received) return;
    const { registry, begin } = await assemble(config, { prepared, stores, observation, log, closing });
    const front = observation.front(registry);
    await observation.openDebug();
    const accessLog = config.log.accessLog ? createAccessLog(log, config.log) : undefined;
    closing.add('access log', () => accessLog?.flush());
    closing.add('registry', () => idle(registry));
    const handle = trustForwarded(config.trustedProxies, front.handle);
    const server = await openServer(config, { registry: { handle }, accessLog, log, environment });
    closing.add('server', () => server.stop());
    const { address } = server;
    const search = readSearch(options, config, log);
    await observation.serving({ address, file, search, reloadsAtHangUp: !signals.stopsAtHangUp });
    announce({ ...loaded, version: readVersion(), stores, address }, options.print, log);
    await server.ready();
    begin();
    log.info({ signal: await signals.asked }, 'stopping when the requests in flight have ended');
    observation.drain();
  } finally {
    await closing.close();
  }
}
