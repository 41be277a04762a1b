import type { StorageDriver } from '@outrigger/driver';
import { inmemory } from '@outrigger/plugin-memory';
import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/config.js';
import { ConfigError } from '../../src/config/config-error.js';
import { applyTo } from './middleware-parts.js';

type Place = keyof Config['middleware'];
type Listed = Config['middleware']['storage'];

const PATH = '/docker/registry/v2/blobs/sha256/ab/abc/data';
const SIGNED = `http://minio:9000/bucket${PATH}?X-Amz-Signature=a%2Fb+c%20d&x='q'`;

function listed(name: string, options: Record<string, unknown> = {}, disabled = false): Listed[number] {
  return { name, disabled, options };
}

function config(place: Place, list: Listed, redirectHosts?: string[]) {
  return { middleware: { storage: [], registry: [], repository: [], [place]: list }, redirectHosts };
}

async function signing(url: string | null = SIGNED): Promise<StorageDriver> {
  const driver = await inmemory.create({});
  return Object.assign(Object.create(driver) as StorageDriver, {
    capabilities: { ...driver.capabilities, redirectURL: true },
    redirectURL: () => Promise.resolve(url === null ? null : { url }),
  });
}

async function askFor(driver: StorageDriver): Promise<string | undefined> {
  return (await driver.redirectURL?.(PATH, { method: 'GET' }))?.url;
}

describe('storage middleware', () => {
  it('is no wrapper when there is none, or none that is enabled', async () => {
    const driver = await inmemory.create({});
    expect(await applyTo(config('storage', []), driver)).toEqual({ driver, redirectHosts: undefined });
    const disabled = [listed('redirect', {}, true), listed('unknown', {}, true)];
    expect((await applyTo(config('storage', disabled), driver)).driver).toBe(driver);
  });

  it.each([
    ['https://cdn.example.com', `https://cdn.example.com${PATH}`],
    ['https://cdn.example.com:8443/', `https://cdn.example.com:8443${PATH}`],
    ['http://cdn.example.com/below/this/', `http://cdn.example.com/below/this${PATH}`],
  ])('redirect gives every driver a place to send clients to: %s', async (baseurl, url) => {
    const driver = await inmemory.create({});
    const wrapped = (await applyTo(config('storage', [listed('redirect', { baseurl })]), driver)).driver;
    expect(wrapped.capabilities).toEqual({ ...driver.capabilities, redirectURL: true });
    expect(await askFor(wrapped)).toBe(url);
  });

  it('leaves all else to the driver', async () => {
    const driver = await inmemory.create({});
    const list = [listed('redirect', { baseurl: 'https://cdn.example.com' })];
    const wrapped = (await applyTo(config('storage', list), driver)).driver;
    await wrapped.put('/a/b', Buffer.from('content'));
    expect(Buffer.from(await driver.get('/a/b')).toString()).toBe('content');
    await wrapped.move('/a/b', '/a/c');
    expect((await wrapped.list('/a')).entries.map(({ path }) => path)).toEqual(['/a/c']);
    expect(wrapped.name).toBe('inmemory');
  });

  it.each([
    [{}, SIGNED],
    [{ scheme: 'https' }, SIGNED.replace('http:', 'https:')],
    [{ host: 'cdn.example.com' }, SIGNED.replace('minio:9000', 'cdn.example.com')],
    [{ host: 'cdn.example.com:8443' }, SIGNED.replace('minio:9000', 'cdn.example.com:8443')],
    [{ trimpathprefix: '/bucket' }, SIGNED.replace('/bucket', '')],
    [{ trimpathprefix: '/bucket/' }, SIGNED.replace('/bucket', '')],
    [{ trimpathprefix: '/other' }, SIGNED],
  ])('rewrite changes what it is told to, and no letter of the signature: %j', async (options, url) => {
    const wrapped = (await applyTo(config('storage', [listed('rewrite', options)]), await signing())).driver;
    expect(await askFor(wrapped)).toBe(url);
  });

  it('rewrite makes no URL where the driver has none', async () => {
    const list = [listed('rewrite', { scheme: 'https', host: 'cdn.example.com' })];
    expect(
      await askFor((await applyTo(config('storage', list), await signing(null))).driver),
    ).toBeUndefined();
    const driver = await inmemory.create({});
    expect((await applyTo(config('storage', list), driver)).driver.capabilities.redirectURL).not.toBe(true);
  });

  it('comes in the order of the file: the first one is next to the driver', async () => {
    const toCdn = listed('redirect', { baseurl: 'http://one.example.com/x' });
    const toTwo = listed('rewrite', { scheme: 'https', host: 'two.example.com', trimpathprefix: '/x' });
    const driver = await inmemory.create({});
    expect(await askFor((await applyTo(config('storage', [toCdn, toTwo]), driver)).driver)).toBe(
      `https://two.example.com${PATH}`,
    );
    expect(await askFor((await applyTo(config('storage', [toTwo, toCdn]), driver)).driver)).toBe(
      `http://one.example.com/x${PATH}`,
    );
  });

  it('adds its hosts to those that clients may be sent to, if only some are allowed', async () => {
    const list = [
      listed('redirect', { baseurl: 'http://one.example.com:81/x' }),
      listed('rewrite', { host: 'two.example.com' }),
    ];
    const driver = await inmemory.create({});
    expect((await applyTo(config('storage', list), driver)).redirectHosts).toBeUndefined();
    expect((await applyTo(config('storage', list, ['bucket.example.com']), driver)).redirectHosts).toEqual([
      'bucket.example.com',
      'one.example.com:81',
      'two.example.com',
    ]);
  });

  it.each<[Place, Listed, string]>([
    [
      'storage',
      [listed('redirect', { baseurl: 'https://a' }), listed('what')],
      'middleware.storage[1].name: no storage middleware what: there are cache, cloudfront, encrypt, faults, ratelimit, readonly, redirect, rewrite',
    ],
    ['registry', [listed('x')], 'middleware.registry[0].name: no registry middleware x: there are none'],
    [
      'repository',
      [listed('x')],
      'middleware.repository[0].name: no repository middleware x: there are none',
    ],
    ['storage', [listed('redirect')], 'middleware.storage[0].options.baseurl: is missing'],
    [
      'storage',
      [listed('redirect', { baseurl: 7 })],
      'middleware.storage[0].options.baseurl: must be a text',
    ],
    ['storage', [listed('redirect', { baseurl: 'cdn.example.com' })], 'must be a URL with scheme and host'],
    ['storage', [listed('redirect', { baseurl: 'javascript:x' })], 'must be a URL with scheme and host'],
    [
      'storage',
      [listed('rewrite', { scheme: 'ftp' })],
      'middleware.storage[0].options.scheme: must be http or https',
    ],
    ['storage', [listed('rewrite', { host: 'a/b' })], 'middleware.storage[0].options.host: must be a host'],
  ])('that is wrong is an error that names it: %s %j', async (place, list, message) => {
    const driver = await inmemory.create({});
    const applying = applyTo(config(place, list), driver);
    await expect(applying).rejects.toThrow(ConfigError);
    await expect(applying).rejects.toThrow(message);
  });

  it('that is disabled is nothing', async () => {
    const driver = await inmemory.create({});
    for (const place of ['registry', 'repository'] as const)
      expect((await applyTo(config(place, [listed('x', {}, true)]), driver)).driver).toBe(driver);
  });
});
