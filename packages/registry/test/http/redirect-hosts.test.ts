import { describe, expect, test } from 'vitest';
import type { RegistryOptions } from '../../src/index.js';
import { isAllowedRedirect } from '../../src/http/redirect-hosts.js';
import { bytes, memoryDriver, overrideDriver, pushBlob, startRegistry } from '../registry-fixture.js';

const URL_OF_CDN = 'https://cdn.example.com:8443/x?signature=s3cret';

describe('the hosts of redirects', () => {
  test.each([
    [URL_OF_CDN, undefined, true],
    [URL_OF_CDN, ['cdn.example.com'], true],
    [URL_OF_CDN, ['CDN.example.com:8443'], true],
    [URL_OF_CDN, ['cdn.example.com:443'], false],
    [URL_OF_CDN, ['*.example.com'], true],
    [URL_OF_CDN, ['*.cdn.example.com', 'example.com'], false],
    ['https://evil.test/cdn.example.com', ['cdn.example.com'], false],
    ['https://cdn.example.com@evil.test/', ['cdn.example.com'], false],
    ['https://cdn.example.com.evil.test/', ['*.example.com', 'cdn.example.com'], false],
    ['javascript:alert(1)', undefined, false],
    ['file:///etc/passwd', undefined, false],
    ['/docker/registry', undefined, false],
    ['', undefined, false],
  ])('%s, of %j: %s', (url, hosts, allowed) => {
    expect(isAllowedRedirect(url, hosts)).toBe(allowed);
  });

  async function pull(url: string, options: Partial<RegistryOptions>) {
    const memory = await memoryDriver();
    const driver = overrideDriver(memory, {
      capabilities: { ...memory.capabilities, redirectURL: true },
      redirectURL: () => Promise.resolve({ url }),
    });
    const registry = await startRegistry({ driver, ...options });
    const content = bytes(1000);
    const digest = await pushBlob(registry, 'r', content);
    const answer = await registry.call('GET', `r/blobs/${digest}`);
    const isContent = Buffer.from(await answer.arrayBuffer()).equals(content);
    return {
      status: answer.status,
      location: answer.headers.get('location'),
      isContent,
      lines: registry.lines,
    };
  }

  test('a client is sent to one that is allowed', async () => {
    expect(await pull(URL_OF_CDN, { redirectHosts: ['cdn.example.com'] })).toMatchObject({
      status: 307,
      location: URL_OF_CDN,
    });
  });

  test.each([
    ['javascript:alert(1)', {}],
    [URL_OF_CDN, { redirectHosts: ['other.example.com'] }],
  ])('another one is never told to a client, who gets the content instead: %s', async (url, options) => {
    const answer = await pull(url, options);
    expect(answer).toMatchObject({ status: 200, location: null, isContent: true });
    expect(answer.lines).toContain('warn the driver redirects to a host that is not allowed');
  });

  test.each([{ redirect: false }, { redirectHosts: [] }])(
    'or there is no redirect at all: %j',
    async (options) => {
      expect(await pull(URL_OF_CDN, options)).toMatchObject({ status: 200, isContent: true });
    },
  );
});
