import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/config-error.js';
import { parseConfig } from '../../src/config/parse-config.js';

const BASE = 'version: 0.1\nstorage: {filesystem: {}}\n';
const STRICT = 'outrigger: {profile: strict}\n';

function config(letsencrypt: string, more = ''): string {
  return `${BASE}http: {addr: "localhost:0", tls: {letsencrypt: ${letsencrypt}}}\n${more}`;
}

/** What is said of certificates of Let's Encrypt, in both profiles. */
function said(letsencrypt: string): { warned: string[]; refused: string[] } {
  const keysOf = (issues: readonly { key?: string }[]) =>
    issues.map(({ key }) => key ?? '').filter((key) => key.includes('letsencrypt'));
  const { warnings } = parseConfig(config(letsencrypt), 'config.yml', {});
  try {
    parseConfig(config(letsencrypt, STRICT), 'config.yml', {});
    return { warned: keysOf(warnings), refused: [] };
  } catch (error) {
    if (error instanceof ConfigError) return { warned: keysOf(warnings), refused: keysOf(error.issues) };
    throw error;
  }
}

describe('http.tls.letsencrypt', () => {
  it('is taken as Distribution has it', () => {
    const all = '{cachefile: /c, email: a@b.org, hosts: [b.org], directoryurl: "https://ca.example.org/dir"}';
    expect(parseConfig(config(all, STRICT), 'config.yml', {})).toMatchObject({
      warnings: [],
      config: {
        http: {
          tls: {
            certificate: undefined,
            letsEncrypt: {
              cacheFile: '/c',
              email: 'a@b.org',
              hosts: ['b.org'],
              directoryUrl: 'https://ca.example.org/dir',
            },
          },
        },
      },
    });
  });

  it.each([
    ['no hosts', '{cachefile: /c}', 'hosts'],
    ['a single word', '{cachefile: /c, hosts: [localhost]}', 'hosts'],
    ['an address', '{cachefile: /c, hosts: [192.0.2.1]}', 'hosts'],
    ['a wildcard', '{cachefile: /c, hosts: ["*.example.org"]}', 'hosts'],
    ['a way out of the cache', '{cachefile: /c, hosts: ["../a.b"]}', 'hosts'],
    ['no cache', '{hosts: [a.example.org]}', 'cachefile'],
    [
      'a CA that anybody could be',
      '{cachefile: /c, hosts: [a.example.org], directoryurl: "http://ca.example.org/dir"}',
      'directoryurl',
    ],
  ])('%s: a warning, and an error in the strict profile', (_, letsencrypt, key) => {
    const keys = [`http.tls.letsencrypt.${key}`];
    expect(said(letsencrypt)).toEqual({ warned: keys, refused: keys });
  });
});
