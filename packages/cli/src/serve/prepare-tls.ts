import type { Logger } from '@outrigger/registry';
import type { Config } from '../config/config.js';
import type { LetsEncryptConfig, TlsConfig } from '../config/sections/tls.js';
import { EXIT } from '../exit-codes.js';
import { CommandError } from '../failure.js';
import type { Acme } from './acme/acme.js';
import { createAcme } from './acme/acme.js';
import type { TlsSettings } from './tls.js';
import { tlsSettings } from './tls.js';
import type { TlsPaths } from './tls-files.js';
import { loadClientCas, loadTlsFiles } from './tls-files.js';

export interface PreparedTls {
  readonly settings: TlsSettings;
  /** Files that are loaded again when they change. */
  readonly paths: readonly string[];
  readonly load: () => Promise<TlsSettings['options']>;
  /** Where certificates come from a CA. */
  readonly acme?: Acme;
}

/** @throws CommandError with one line, for files that cannot be used */
export function prepareTls(tls: TlsConfig, profile: Config['profile'], log: Logger): Promise<PreparedTls> {
  return tls.letsEncrypt === undefined
    ? prepareFiles(tls, profile, log)
    : prepareAcme(tls, tls.letsEncrypt, log);
}

async function prepareFiles(tls: TlsConfig, profile: Config['profile'], log: Logger): Promise<PreparedTls> {
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

function pathsOf({ certificate, key, clientCas }: TlsConfig): TlsPaths {
  if (certificate === undefined || key === undefined) {
    throw new CommandError('http.tls: certificate and key are needed, both', EXIT.config);
  }
  return { certificate, key, clientCas };
}

async function prepareAcme(
  tls: TlsConfig,
  letsEncrypt: LetsEncryptConfig,
  log: Logger,
): Promise<PreparedTls> {
  const acme = await createAcme(letsEncrypt, { log });
  const load = async () => {
    const { options, clientAuth } = tlsSettings(tls, await loadClientCas(tls.clientCas));
    acme.use(options);
    return { clientAuth, options: { ...options, SNICallback: acme.SNICallback } };
  };
  return {
    settings: { ...(await load()), intercept: acme.intercept },
    paths: tls.clientCas,
    async load() {
      const { options } = await load();
      void acme.retry();
      return options;
    },
    acme,
  };
}
