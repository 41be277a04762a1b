import type { Findings } from './findings.js';
import type { TlsData } from './sections/tls.js';

/** @param given - the section without defaults counts: who names a key and no certificate does not want plain HTTP */
export function checkTls(tls: TlsData, findings: Findings, isStrict: boolean): void {
  const { certificate, key, letsencrypt, clientcas, ciphersuites, minimumtls } = tls;
  const { cachefile } = letsencrypt;
  const at = (name: string) => `http.tls.${name}`;
  if (certificate !== undefined && key === undefined) findings.error(at('key'), 'is missing');
  if (certificate !== undefined && cachefile !== undefined)
    findings.error(at('letsencrypt'), 'a certificate and one of Let’s Encrypt exclude each other');
  if (certificate === undefined && cachefile === undefined && (key ?? clientcas) !== undefined)
    findings.error(at('certificate'), 'is missing: without it this would be plain HTTP');
  if (clientcas === undefined && findings.has(at('clientauth'))) {
    const message = 'it has no effect without clientcas: nobody is asked for a certificate';
    if (isStrict) findings.error(at('clientauth'), message);
    else findings.warn(at('clientauth'), message);
  }
  if (minimumtls === 'tls1.0' || minimumtls === 'tls1.1')
    findings.warn(at('minimumtls'), 'is too old to be spoken: tls1.2 is the lowest');
  if (minimumtls === 'tls1.3' && ciphersuites !== undefined)
    findings.warn(at('ciphersuites'), 'it has no effect: the suites of TLS 1.3 are fixed');
}
