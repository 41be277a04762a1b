import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { formatIdentity, parseIdentity } from '../../../src/serve/acme/identity.js';
import { issue } from '../../certificates.js';
import { AUTOCERT, HOST, identityOf } from './issued.js';

describe('the file of a host', () => {
  it.each([HOST, `${HOST}+rsa`])('is read as autocert wrote it, and written the same: %s', async (name) => {
    const text = await readFile(new URL(name, AUTOCERT), 'utf8');
    const identity = parseIdentity(text, HOST);
    expect(identity?.leaf.subjectAltName).toBe(`DNS:${HOST}`);
    expect(identity?.chain.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(identity && formatIdentity(identity)).toBe(text);
  });

  it('has the key in the form of SEC 1, and nothing that Go would not take', () => {
    const own = issue({ commonName: HOST, host: HOST });
    const identity = identityOf(own);
    const windows = `\r\n${own.certificate.replaceAll('\n', '\r\n')}\r\n\r\n`;
    const text = formatIdentity({ key: own.key, chain: windows });
    expect(text).toBe(formatIdentity(identity));
    expect(text).toMatch(
      /^-----BEGIN EC PRIVATE KEY-----\n[\w+/=\n]+-----END EC PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\n[\w+/=\n]+-----END CERTIFICATE-----\n$/,
    );
  });

  const own = issue({ commonName: HOST, host: HOST });
  const other = issue({ commonName: HOST, host: HOST });
  it.each([
    ['nothing', ''],
    ['a key alone', own.key],
    ['a certificate alone', own.certificate],
    ['the certificate first', own.certificate + own.key],
    ['the key of another certificate', other.key + own.certificate],
    ['a broken key', own.key.replace(/\n.{20}/, '\n') + own.certificate],
    ['a broken certificate', own.key + own.certificate.replace(/\n.{20}/, '\n')],
    ['half of it', (own.key + own.certificate).slice(0, -40)],
    [
      'another host',
      (({ key, certificate }) => key + certificate)(issue({ commonName: 'x', host: 'x.org' })),
    ],
  ])('is none with %s', (_, text) => {
    expect(parseIdentity(text, HOST)).toBeUndefined();
  });
});
