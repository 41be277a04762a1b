import { copyFile, mkdir, readFile, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { createPrivateKey } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { accountKey } from '../../../src/serve/acme/account-key.js';
import { openCache } from '../../../src/serve/acme/cache-directory.js';
import { readFailures, writeFailures } from '../../../src/serve/acme/failures.js';
import { takeLease } from '../../../src/serve/acme/lease.js';
import { temporaryDirectory } from '../../temporary-directory.js';
import { AUTOCERT } from './issued.js';

const newPath = async () => join(await temporaryDirectory(), 'a', 'cache');
const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

describe('the directory', () => {
  it('is made for its owner alone, and so are its files', async () => {
    const path = await newPath();
    const cache = await openCache(path);
    await cache.put('a', 'first');
    await cache.put('a', 'second');
    expect(await cache.get('a')).toBe('second');
    expect(await cache.get('b')).toBeUndefined();
    expect(await readdir(path)).toEqual(['a']);
    expect([await modeOf(path), await modeOf(join(path, 'a'))]).toEqual(['700', '600']);
    await cache.delete('a');
    await cache.delete('a');
    expect(await readdir(path)).toEqual([]);
  });

  it('leaves what was there when it cannot be replaced, and nothing half', async () => {
    const path = await newPath();
    const cache = await openCache(path);
    await mkdir(join(path, 'a'));
    await expect(cache.put('a', 'text')).rejects.toThrow();
    expect(await readdir(path)).toEqual(['a']);
  });

  it('a file in its place is named in one line', async () => {
    const path = join(await temporaryDirectory(), 'cache');
    await writeFile(path, 'of Distribution 2.6');
    await expect(openCache(path)).rejects.toMatchObject({
      exitCode: 78,
      message: `http.tls.letsencrypt.cachefile: ${path} is not a directory: EEXIST`,
    });
    await expect(openCache(join(path, 'below'))).rejects.toMatchObject({ exitCode: 78 });
  });
});

describe('the key of the account', () => {
  it.each(['acme_account+key', 'acme_account.key'])('is the one of autocert: %s', async (name) => {
    const path = await newPath();
    const cache = await openCache(path);
    await copyFile(new URL('acme_account+key', AUTOCERT), join(path, name));
    const text = await readFile(new URL('acme_account+key', AUTOCERT), 'utf8');
    expect(await accountKey(cache)).toBe(text);
  });

  it('is made once, on the curve P-256, in the form of SEC 1', async () => {
    const path = await newPath();
    const key = await accountKey(await openCache(path));
    expect(createPrivateKey(key).asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
    expect(key).toMatch(/^-----BEGIN EC PRIVATE KEY-----\n/);
    expect(await readFile(join(path, 'acme_account+key'), 'utf8')).toBe(key);
    expect(await accountKey(await openCache(path))).toBe(key);
  });

  it('is not replaced when it is broken, and not quoted', async () => {
    const cache = await openCache(await newPath());
    await cache.put(
      'acme_account+key',
      '-----BEGIN EC PRIVATE KEY-----\nc2VjcmV0\n-----END EC PRIVATE KEY-----\n',
    );
    const error: unknown = await accountKey(cache).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('acme_account+key');
    expect(String(error)).not.toContain('c2VjcmV0');
  });
});

describe('the right to order', () => {
  it('is that of one at a time', async () => {
    const path = await newPath();
    const cache = await openCache(path);
    const lease = await takeLease(cache, 60_000);
    expect(lease).toBeDefined();
    expect(await takeLease(cache, 60_000)).toBeUndefined();
    await lease?.release();
    expect(await readdir(path)).toEqual([]);
    expect(await takeLease(cache, 60_000)).toBeDefined();
  });

  it('is taken from one that is gone, who does not take it back', async () => {
    const cache = await openCache(await newPath());
    const former = await takeLease(cache, 60_000);
    const lease = await takeLease(cache, -60_000);
    expect(lease).toBeDefined();
    await former?.release();
    expect(await takeLease(cache, 60_000)).toBeUndefined();
  });
});

describe('a right to order that nobody seems to have', () => {
  it('is taken where its time lies ahead: the clock was wrong', async () => {
    const cache = await openCache(await newPath());
    await takeLease(cache, 60_000);
    const tomorrow = new Date(Date.now() + 86_400_000);
    const [name = ''] = await readdir(cache.at('.'));
    await utimes(cache.at(name), tomorrow, tomorrow);
    expect(await takeLease(cache, 60_000)).toBeDefined();
  });
});

describe('failures', () => {
  it('are remembered until they are over', async () => {
    const path = await newPath();
    const cache = await openCache(path);
    const until = Date.now() + 60_000;
    await writeFailures(cache, 'a.org', { count: 3, until });
    expect(await readFailures(cache, 'a.org')).toEqual({ count: 3, until });
    expect(await readFailures(cache, 'b.org')).toEqual({ count: 0, until: 0 });
    await writeFailures(cache, 'a.org', { count: 0, until: 0 });
    expect(await readdir(path)).toEqual([]);
  });

  it.each(['', 'x', '1', `1 ${Date.now() + 30 * 86_400_000}`])('are not made of %j', async (text) => {
    const cache = await openCache(await newPath());
    await cache.put('a.org+outrigger-failures', text);
    expect(await readFailures(cache, 'a.org')).toEqual({ count: 0, until: 0 });
  });
});
