import type { Findings } from './findings.js';
import { toHostName } from './host-name.js';
import type { TlsData } from './sections/tls.js';

/** @param given - the section without defaults counts: who names a key and no certificate does not want plain HTTP */
export function checkTls(tls: TlsData, findings: Findings, isStrict: boolean): void {
  const { certificate, key, letsencrypt, clientcas, ciphersuites, minimumtls } = tls;
  const { cachefile } = letsencrypt;
  const at = (name: string) => `http.tls.${name}`;
  if (certificate !== undefined && key === undefined) findings.error(at('key'), 'is missing');
  if (certificate !== undefined && cachefile !== undefined)
    findings.error(at('letsencrypt'), 'a certificate and one of Let’s Encrypt exclude each other');
  checkLetsEncrypt(letsencrypt, findings, isStrict);
  if (certificate === undefined && cachefile === undefined && (key ?? clientcas) !== undefined)
    findings.error(at('certificate'), 'is missing: without it this would be plain HTTP');
  if (clientcas === undefined && findings.has(at('clientauth'))) {
    const message = 'it has no effect without clientcas: nobody is asked for a certificate';
    findings[isStrict ? 'error' : 'warn'](at('clientauth'), message);
  }
  if (minimumtls === 'tls1.0' || minimumtls === 'tls1.1')
    findings.warn(at('minimumtls'), 'is too old to be spoken: tls1.2 is the lowest');
  if (minimumtls === 'tls1.3' && ciphersuites !== undefined)
    findings.warn(at('ciphersuites'), 'it has no effect: the suites of TLS 1.3 are fixed');
}

/** Distribution says nothing to any of it, and serves nobody then. */
function checkLetsEncrypt(
  { cachefile, hosts = [], email, directoryurl }: TlsData['letsencrypt'],
  findings: Findings,
  isStrict: boolean,
): void {
  const say = (name: string, message: string) =>
    findings[isStrict ? 'error' : 'warn'](`http.tls.letsencrypt.${name}`, message);
  if (cachefile === undefined) {
    if ((email ?? directoryurl ?? hosts[0]) !== undefined)
      say('cachefile', 'is missing: without it no certificate is ordered');
    return;
  }
  if (hosts.length === 0) say('hosts', 'is missing: certificates are ordered for the hosts named here only');
  for (const host of hosts) {
    if (toHostName(host) === undefined)
      say('hosts', `${JSON.stringify(host)} is no name of a host that a certificate is ordered for`);
  }
  if (directoryurl !== undefined && !directoryurl.startsWith('https:'))
    say('directoryurl', 'must begin with https: anybody on the way could answer');
}
