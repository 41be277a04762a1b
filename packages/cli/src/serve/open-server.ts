import type { Logger, Registry } from '@outrigger/registry';
import type { Config } from '../config/config.js';
import type { Environment } from '../config/overrides.js';
import type { TlsConfig } from '../config/sections/tls.js';
import { EXIT } from '../exit-codes.js';
import { CommandError } from '../failure.js';
import type { AccessLog } from './access-log.js';
import { createServer } from './create-server.js';
import { drain } from './drain.js';
import { MAX_REQUESTS_PER_CONNECTION, connectionLimit } from './limits.js';
import { listen } from './listen.js';
import { notifyServiceManager } from './service-manager.js';
import { inheritedSocket } from './socket-activation.js';
import type { TlsSettings } from './tls.js';
import { tlsSettings } from './tls.js';
import type { TlsPaths } from './tls-files.js';
import { loadTlsFiles } from './tls-files.js';
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
}

/**
 * Opens the server that the configuration describes.
 *
 * @throws CommandError with one line, for a certificate or an address that cannot be used
 */
export async function openServer(
  config: Config,
  { registry, accessLog, log, environment }: ServerSurroundings,
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
    maxConnections: connectionLimit(limits.connections),
    maxRequests: config.profile === 'strict' ? MAX_REQUESTS_PER_CONNECTION : Infinity,
  });
  const address = await listen(server, http.address, inheritedSocket(environment));
  // Too many open files, for one: connections are refused then, and come through again later.
  server.on('error', (error) => log.error({ err: error }, 'a connection could not be accepted'));
  const reloader = tls && (await watchTls({ ...tls, apply: renewTls, log }));
  return {
    address,
    ready: () => notifyServiceManager('READY=1', environment, log),
    async stop() {
      const told = notifyServiceManager('STOPPING=1', environment, log);
      await drain(server, connections, http.drainTimeoutMs);
      reloader?.close();
      await told;
    },
  };
}

interface PreparedTls {
  readonly settings: TlsSettings;
  readonly paths: readonly string[];
  readonly load: () => Promise<TlsSettings['options']>;
}

async function prepareTls(tls: TlsConfig, profile: Config['profile'], log: Logger): Promise<PreparedTls> {
  const paths = pathsOf(tls);
  const first = await loadTlsFiles(paths, profile === 'strict');
  for (const warning of first.warnings) log.warn({}, warning);
  return {
    settings: tlsSettings(tls, first.files),
    paths: [paths.certificate, paths.key, ...paths.clientCas],
    // A new certificate that has expired is worse than the one in use.
    load: async () => tlsSettings(tls, (await loadTlsFiles(paths, true)).files).options,
  };
}

function pathsOf({ certificate, key, clientCas, letsEncrypt }: TlsConfig): TlsPaths {
  if (letsEncrypt !== undefined) {
    const hint = 'have another ACME client write http.tls.certificate, which is loaded again when it changes';
    throw new CommandError(`http.tls.letsencrypt is not supported: ${hint}`, EXIT.config);
  }
  if (certificate === undefined || key === undefined) {
    throw new CommandError('http.tls: certificate and key are needed, both', EXIT.config);
  }
  return { certificate, key, clientCas };
}

const ONE_YEAR = 31_536_000;

/** A client that has come over TLS once is to come so always (RFC 6797), unless the configuration says otherwise. */
function withHsts({ http, profile }: Config): Config['http']['headers'] {
  const name = 'Strict-Transport-Security';
  const isSet = Object.keys(http.headers).some((key) => key.toLowerCase() === name.toLowerCase());
  if (http.tls === undefined || profile !== 'strict' || isSet) return http.headers;
  return { ...http.headers, [name]: [`max-age=${String(ONE_YEAR)}`] };
}
