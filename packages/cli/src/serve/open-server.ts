import type { Logger, Registry } from '@outrigger/registry';
import type { Config } from '../config/config.js';
import type { Environment } from '../config/overrides.js';
import type { AccessLog } from './access-log.js';
import type { ServerParts } from './create-server.js';
import { createServer } from './create-server.js';
import { drain } from './drain.js';
import { MAX_REQUESTS_PER_CONNECTION, connectionLimit } from './limits.js';
import { listen } from './listen.js';
import { prepareTls } from './prepare-tls.js';
import { notifyServiceManager } from './service-manager.js';
import { inheritedSocket } from './socket-activation.js';
import { watchTls } from './tls-reload.js';

export interface OpenServer {
  /** As clients write it. */
  readonly address: string;
  /** Tells the service manager that clients can come. */
  ready(): Promise<void>;
  /** Ends it: what is in flight has the time of `http.draintimeout`. */
  stop(): Promise<void>;
}

export interface ServerSurroundings {
  readonly registry: Pick<Registry, 'handle'>;
  readonly accessLog: AccessLog | undefined;
  readonly log: Logger;
  readonly environment: Environment;
  /** Undefined: no other process listens on the address. */
  readonly worker?: WorkerPlace | undefined;
}

/** A server among several, whose connections come from the primary. */
export interface WorkerPlace {
  readonly count: number;
  readonly primaryPid: number;
  /** See ServerParts. */
  readonly share: NonNullable<ServerParts['share']>;
}

/**
 * Opens the server that the configuration describes.
 *
 * @throws CommandError with one line, for a certificate or an address that cannot be used
 */
export async function openServer(
  config: Config,
  { registry, accessLog, log, environment, worker }: ServerSurroundings,
): Promise<OpenServer> {
  const { http, limits } = config;
  const tls = http.tls === undefined ? undefined : await prepareTls(http.tls, config.profile, log);
  const { server, connections, renewTls } = createServer({
    registry,
    accessLog,
    headers: withHsts(config),
    tls: tls?.settings,
    http2: http.http2,
    h2c: http.h2c,
    maxConnections: connectionLimit(shareOf(limits.connections, worker)),
    maxRequests: config.profile === 'strict' ? MAX_REQUESTS_PER_CONNECTION : Infinity,
    share: worker?.share,
  });
  const inherited = inheritedSocket(environment, worker?.primaryPid);
  const address = await listen(server, http.address, inherited, worker !== undefined);
  // Too many open files, for one: connections are refused then, and come through again later.
  server.on('error', (error) => log.error({ err: error }, 'a connection could not be accepted'));
  const reloader = tls && (await watchTls({ ...tls, apply: renewTls, log }));
  tls?.acme?.start();
  return {
    address,
    ready: () => notifyServiceManager('READY=1', environment, log),
    async stop() {
      const told = notifyServiceManager('STOPPING=1', environment, log);
      reloader?.close();
      await Promise.all([drain(server, connections, http.drainTimeoutMs), tls?.acme?.close(), told]);
    },
  };
}

/** The primary deals connections out in turn. */
function shareOf(limit: number | undefined, worker: WorkerPlace | undefined): number | undefined {
  return limit === undefined || worker === undefined ? limit : Math.ceil(limit / worker.count);
}

const ONE_YEAR = 31_536_000;

/** A client that has come over TLS once is to come so always (RFC 6797), unless the configuration says otherwise. */
function withHsts({ http, profile }: Config): Config['http']['headers'] {
  const name = 'Strict-Transport-Security';
  const isSet = Object.keys(http.headers).some((key) => key.toLowerCase() === name.toLowerCase());
  if (http.tls === undefined || profile !== 'strict' || isSet) return http.headers;
  return { ...http.headers, [name]: [`max-age=${String(ONE_YEAR)}`] };
}
