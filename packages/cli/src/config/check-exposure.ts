import type { Config } from './config.js';
import type { Findings } from './findings.js';
import { isLoopback } from './listen-address.js';
import { STORES } from './stores-in.js';

/** Who can come in, and what they can do then. */
export function checkExposure(config: Config, findings: Findings): void {
  const { http, auth, storage, stores, profile, insecure } = config;
  const isStrict = profile === 'strict';
  if (!isLoopback(http.address)) {
    const problem = exposure(config);
    if (problem !== undefined && isStrict && !insecure)
      findings.error('http.addr', `${problem}; outrigger.insecure: true allows it`);
    else if (problem !== undefined) findings.warn('http.addr', problem);
  }
  if (auth?.type === 'silly') {
    const message = 'it lets in whoever sends an Authorization header: for tests only';
    if (isStrict && !insecure) findings.error('auth.silly', message);
    else findings.warn('auth.silly', message);
  }
  if (http.debug !== undefined && !isLoopback(http.debug.address))
    findings.warn('http.debug.addr', 'everybody who can reach this address may read metrics and health');
  if (storage.driver === 'inmemory') findings.warn('storage.inmemory', LOST);
  stores.forEach((store, index) => {
    if (store.config.storage.driver === 'inmemory')
      findings.warn([...STORES, index, 'storage', 'inmemory'].join('.'), LOST);
  });
}

const LOST = 'what is pushed is lost when the process ends';

function exposure(config: Config): string | undefined {
  const { http, auth } = config;
  if (auth === undefined && !asksForCertificates(config))
    return 'everybody who can reach this address may pull and push: there is no authentication';
  if (http.tls !== undefined) return undefined;
  return 'passwords and tokens travel unencrypted to this address unless a proxy in front of it speaks TLS';
}

/** Clients without a certificate are turned away. */
function asksForCertificates({ http: { tls } }: Config): boolean {
  return tls !== undefined && tls.clientCas.length > 0 && tls.clientAuth === 'require-and-verify-client-cert';
}
