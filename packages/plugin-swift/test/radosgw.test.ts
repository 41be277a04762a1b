import { expect, it } from 'vitest';
import { parseParameters } from '../src/config.js';
import { createSwiftDriver } from '../src/driver.js';
import type { Asked, Said } from './fake-server.js';
import { fakeServer } from './fake-server.js';

const INFO = { swift: { version: '16.2.15' }, tempurl: { methods: ['GET'] }, bulk_delete: {} };
const EMPTY = '"d41d8cd98f00b204e9800998ecf8427e"';

/**
 * What tells radosgw from Swift: its version is Ceph's, keys of containers are kept and not used, and the manifest of a large object is an
 * object of no bytes.
 */
async function open(signedWith: 'account' | 'nothing') {
  const keys = new Map<string, string>();
  const fake = await fakeServer((asked) => answer(asked, keys, signedWith));
  const driver = await createSwiftDriver(
    parseParameters({ authurl: `${fake.url}/auth/v1.0`, username: 'u', password: 'p', container: 'ccc' }),
  );
  return { ...fake, driver, keys };
}

function answer({ method, url, headers }: Asked, keys: Map<string, string>, signedWith: string): Said {
  const { pathname, searchParams } = new URL(url, 'http://radosgw');
  const storage = `http://${headers.host ?? ''}/swift/v1/AUTH_test`;
  if (pathname === '/auth/v1.0') return { headers: { 'x-auth-token': 't', 'x-storage-url': storage } };
  if (pathname === '/swift/info') return { body: INFO };
  if (searchParams.has('temp_url_sig')) {
    const isGood = signedWith === 'account' && keys.has('x-account-meta-temp-url-key');
    return { status: isGood ? 404 : 403 };
  }
  const given = Object.entries(headers).find(([name]) => name.endsWith('-meta-temp-url-key'));
  if (method === 'POST' && given !== undefined) keys.set(given[0], String(given[1]));
  if (pathname === '/swift/v1/AUTH_test' || pathname.endsWith('/ccc'))
    return { status: 204, headers: Object.fromEntries(keys) };
  const large = { etag: EMPTY, 'content-length': '9', 'x-static-large-object': 'True' };
  return { headers: { ...large, 'x-object-meta-outrigger-set': `set-of${pathname}`, 'x-timestamp': '1.5' } };
}

it('a key that the server does not sign with is not taken: the one of the account is', async () => {
  const { driver, keys } = await open('account');
  expect([...keys.keys()]).toEqual(['x-container-meta-temp-url-key', 'x-account-meta-temp-url-key']);
  expect(await driver.redirectURL?.('/a', { method: 'GET' })).toMatchObject({
    url: expect.stringContaining('temp_url_sig=') as string,
  });
  await driver.close();
});

it('where no key is taken there are no URLs', async () => {
  const { driver } = await open('nothing');
  expect((await driver.redirectURL?.('/a', { method: 'GET' })) ?? null).toBeNull();
  await driver.close();
});

it('large content of one ETag has versions of its own', async () => {
  const { driver } = await open('nothing');
  const [a, b] = [await driver.stat('/a'), await driver.stat('/b')];
  expect(a.version).toBeDefined();
  expect(a.version).not.toBe(b.version);
  await driver.close();
});
