import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { AcmeError } from '../../../src/serve/acme/acme-error.js';
import type { CacheDirectory } from '../../../src/serve/acme/cache-directory.js';
import { openCache } from '../../../src/serve/acme/cache-directory.js';
import { HostCertificate } from '../../../src/serve/acme/host-certificate.js';
import type { Identity } from '../../../src/serve/acme/identity.js';
import { formatIdentity } from '../../../src/serve/acme/identity.js';
import { takeLease } from '../../../src/serve/acme/lease.js';
import { temporaryDirectory } from '../../temporary-directory.js';
import { HOST, issueIdentity } from './issued.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** The certificate of a host, at a CA that answers as it is told. */
async function setUp(options: { readonly cache?: CacheDirectory; readonly cached?: Identity } = {}) {
  const path = join(await temporaryDirectory(), 'cache');
  const cache = options.cache ?? (await openCache(path));
  if (options.cached !== undefined) await cache.put(HOST, formatIdentity(options.cached));
  const ended = new AbortController();
  const order = vi.fn<(host: string, signal: AbortSignal) => Promise<Identity>>();
  const lines: { level: string; message: string; fields: object }[] = [];
  const at = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, fields, message });
  const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  const certificate = new HostCertificate(HOST, { cache, order, log, signal: ended.signal });
  const close = async () => {
    ended.abort(new Error('the end'));
    await certificate.close();
  };
  onTestFinished(close);
  return { path, cache, order, lines, certificate, close };
}

/** Until the timer of the next look, and to the end of that look. */
async function pass(ms: number, certificate: HostCertificate): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  await certificate.look();
}

/** What the log says of it. */
function untilNext(lines: readonly { readonly fields: object }[]): number {
  const last = lines.at(-1)?.fields ?? {};
  return 'nextAttempt' in last ? Date.parse(String(last.nextAttempt)) - Date.now() : NaN;
}

const serialOf = (certificate: HostCertificate) => certificate.identity?.leaf.serialNumber;
const DOWN = new AcmeError('the CA at 127.0.0.1:1 cannot be reached: ECONNREFUSED');

describe('a certificate that is not there', () => {
  it('is ordered once, kept, and found again', async () => {
    const { cache, order, certificate, path } = await setUp();
    const issued = issueIdentity();
    order.mockResolvedValue(issued);
    await Promise.all([certificate.look(), certificate.look(), certificate.look()]);
    expect(order).toHaveBeenCalledOnce();
    expect(certificate.isGood).toBe(true);
    expect(await cache.get(HOST)).toBe(formatIdentity(issued));
    expect(await readdir(path)).toEqual([HOST]);

    const next = await setUp({ cache });
    await next.certificate.look();
    expect(next.order).not.toHaveBeenCalled();
    expect(serialOf(next.certificate)).toBe(issued.leaf.serialNumber);
  });

  it('is asked for more and more seldom at a CA that is away, whatever clients do', async () => {
    const { order, certificate, lines } = await setUp();
    order.mockRejectedValue(DOWN);
    await certificate.look();
    for (let client = 0; client < 60; client++) {
      await vi.advanceTimersByTimeAsync(500);
      await certificate.look();
    }
    expect(order).toHaveBeenCalledTimes(1);
    expect(lines.at(-1)).toMatchObject({
      level: 'error',
      message: 'no certificate was issued: clients of this host are refused',
      fields: { host: HOST, reason: DOWN.message },
    });
    for (const calls of [2, 3, 4]) {
      await pass(untilNext(lines) - 1000, certificate);
      expect(order).toHaveBeenCalledTimes(calls - 1);
      await pass(2000, certificate);
      expect(order).toHaveBeenCalledTimes(calls);
    }
    order.mockResolvedValue(issueIdentity());
    await pass(untilNext(lines) + 1000, certificate);
    expect(certificate.isGood).toBe(true);
  });

  it('is not asked for sooner after a restart, but at once when the operator wants it', async () => {
    const { cache, order, certificate } = await setUp();
    order.mockRejectedValue(DOWN);
    await certificate.look();
    const next = await setUp({ cache });
    await next.certificate.look();
    expect(next.order).not.toHaveBeenCalled();
    next.order.mockResolvedValue(issueIdentity());
    await next.certificate.retry();
    expect(next.order).toHaveBeenCalledOnce();
  });

  it('is not asked for before the CA wants to be asked again', async () => {
    const { order, certificate } = await setUp();
    order.mockRejectedValue(new AcmeError('too many certificates', 5 * HOUR));
    await certificate.look();
    await pass(4.9 * HOUR, certificate);
    expect(order).toHaveBeenCalledOnce();
    await pass(0.2 * HOUR, certificate);
    expect(order).toHaveBeenCalledTimes(2);
  });

  it('is taken from another process that has got it meanwhile', async () => {
    const { cache, order, certificate } = await setUp();
    const lease = await takeLease(cache, MINUTE);
    const looking = certificate.look();
    const issued = issueIdentity();
    await cache.put(HOST, formatIdentity(issued));
    await lease?.release();
    await looking;
    expect(order).not.toHaveBeenCalled();
    expect(serialOf(certificate)).toBe(issued.leaf.serialNumber);
  });

  it('is no reason to ask again and again when the clock is wrong', async () => {
    const { order, certificate, lines } = await setUp();
    order.mockResolvedValue(issueIdentity({ from: new Date(0), to: new Date(DAY) }));
    await certificate.look();
    expect(order).toHaveBeenCalledOnce();
    expect(certificate.identity).toBeUndefined();
    expect(JSON.stringify(lines.at(-1)?.fields)).not.toContain('PRIVATE');
    expect(lines.at(-1)?.level).toBe('error');
  });
});

describe('a certificate that is there', () => {
  it('is renewed 30 days before its end; the old one goes on until then, and when the CA is away', async () => {
    const cached = issueIdentity();
    const { cache, order, certificate, lines } = await setUp({ cached });
    await certificate.look();
    await pass(59 * DAY, certificate);
    expect(order).not.toHaveBeenCalled();
    // It may fail as soon as it is time, or when all of this has passed: how fast the disk is decides that.
    order.mockRejectedValueOnce(new AcmeError('too many certificates', 3 * HOUR));
    await pass(DAY + 2 * HOUR, certificate);
    expect(order).toHaveBeenCalledOnce();
    expect(serialOf(certificate)).toBe(cached.leaf.serialNumber);
    expect(lines.at(-1)?.message).toBe('no certificate was issued: the old one goes on');
    const renewed = issueIdentity();
    order.mockResolvedValueOnce(renewed);
    await pass(3 * HOUR + MINUTE, certificate);
    expect(serialOf(certificate)).toBe(renewed.leaf.serialNumber);
    expect(await cache.get(HOST)).toBe(formatIdentity(renewed));
    await pass(59 * DAY, certificate);
    expect(order).toHaveBeenCalledTimes(2);
  });

  it('is shown when it has expired, as long as there is no other', async () => {
    const cached = issueIdentity({ from: new Date(0), to: new Date(DAY) });
    const { order, certificate, lines } = await setUp({ cached });
    order.mockRejectedValue(DOWN);
    await certificate.look();
    expect(certificate.isGood).toBe(false);
    expect(serialOf(certificate)).toBe(cached.leaf.serialNumber);
    expect(lines.at(-1)?.message).toBe('no certificate was issued: the one that clients see has expired');
  });

  it('is the one that another process has renewed', async () => {
    const { cache, order, certificate } = await setUp({ cached: issueIdentity() });
    await certificate.look();
    await vi.advanceTimersByTimeAsync(59 * DAY);
    const renewed = issueIdentity();
    await cache.put(HOST, formatIdentity(renewed));
    await pass(2 * DAY, certificate);
    expect(order).not.toHaveBeenCalled();
    expect(serialOf(certificate)).toBe(renewed.leaf.serialNumber);
  });

  it('is replaced when its file is broken', async () => {
    const { cache, order, certificate, lines } = await setUp();
    await cache.put(HOST, 'broken');
    order.mockResolvedValue(issueIdentity());
    await certificate.look();
    expect(certificate.isGood).toBe(true);
    expect(lines[0]).toMatchObject({
      level: 'error',
      message: `the certificate of ${HOST} in the cache cannot be used`,
    });
  });

  it('is used though it cannot be kept, not ordered again, and kept as soon as that goes', async () => {
    const { cache, order, lines, certificate } = await setUp();
    const full = vi.spyOn(cache, 'put').mockRejectedValue(new Error('ENOSPC'));
    const issued = issueIdentity();
    order.mockResolvedValue(issued);
    await certificate.look();
    expect(serialOf(certificate)).toBe(issued.leaf.serialNumber);
    await pass(2 * MINUTE, certificate);
    expect(lines.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([
      'the cache of certificates cannot be used: ENOSPC',
    ]);
    full.mockRestore();
    await pass(2 * MINUTE, certificate);
    expect(order).toHaveBeenCalledOnce();
    expect(await cache.get(HOST)).toBe(formatIdentity(issued));
  });
});

it('the end ends an order, and leaves the right to order to others', async () => {
  const { cache, order, certificate, close, lines } = await setUp();
  const { promise: asked, resolve } = Promise.withResolvers<undefined>();
  order.mockImplementation((_, signal) => {
    resolve(undefined);
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  });
  void certificate.look();
  await asked;
  await close();
  expect(await takeLease(cache, MINUTE)).toBeDefined();
  expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
});
