import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StorageError } from '@outrigger/driver';
import type { StorageDriver } from '@outrigger/driver';
import { inmemory } from '@outrigger/plugin-memory';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Config } from '../../src/config/config.js';
import type { NamedCheck } from '../../src/serve/health-checks.js';
import { startHealthChecks } from '../../src/serve/health-checks.js';
import { checkStorage, configuredChecks } from '../../src/serve/health-kinds.js';
import { createReadiness } from '../../src/serve/health-ready.js';

const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
const NONE: Config['health'] = {
  storageDriver: { enabled: false, intervalMs: 10_000, threshold: 1 },
  file: [],
  http: [],
  tcp: [],
};
const signal = () => AbortSignal.timeout(60_000);

/** A driver whose storage answers with an error. */
async function failing(error: StorageError): Promise<StorageDriver> {
  return { ...(await inmemory.create({})), name: 'test', stat: () => Promise.reject(error) };
}

describe('a check', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function start(check: NamedCheck['check'], threshold: number) {
    const checks = startHealthChecks(
      [{ name: 'a', check, intervalMs: 10_000, threshold, timeoutMs: 1_000 }],
      log,
    );
    onTestFinished(() => {
      checks.close();
    });
    return checks;
  }

  it('fails when it has failed so often in a row, and is well again at once', async () => {
    let reason: string | undefined = 'bad';
    const checks = start(async () => reason, 3);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(checks.isHealthy).toBe(true);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(checks.failing()).toEqual({ a: 'bad' });
    reason = undefined;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(checks.failing()).toEqual({});
  });

  it('tells nothing of an error that it throws', async () => {
    const checks = start(() => Promise.reject(new Error('secret endpoint')), 1);
    await vi.advanceTimersByTimeAsync(0);
    expect(checks.failing()).toEqual({ a: 'the check failed' });
  });

  it('is not made twice at once', async () => {
    const check = vi.fn(() => new Promise<undefined>(() => undefined));
    start(check, 1);
    await vi.advanceTimersByTimeAsync(50_000);
    expect(check).toHaveBeenCalledTimes(1);
  });
});

describe('the storage', () => {
  it('is well when it answers, be it that nothing is there', async () => {
    const absent = await failing(new StorageError('PATH_NOT_FOUND', 'x'));
    expect(await checkStorage(absent)(signal())).toBeUndefined();
    expect(await checkStorage(await inmemory.create({}))(signal())).toBeUndefined();
  });

  it('says a code and no more when it does not', async () => {
    const away = await failing(new StorageError('UNAVAILABLE', 'bucket s3cr3t at 10.0.0.1 is away'));
    expect(await checkStorage(away)(signal())).toBe('the storage does not answer: UNAVAILABLE');
    const checks = configuredChecks({ ...NONE, storageDriver: { ...NONE.storageDriver, enabled: true } }, [
      { prefix: undefined, driver: away },
      { prefix: 'team/a', driver: away },
    ]);
    expect(checks.map(({ name }) => name)).toEqual(['storagedriver_test', 'storagedriver_test (team/a)']);
  });
});

it('http and tcp are looked at as configured', async () => {
  const seen: unknown[] = [];
  const server = createServer((req, res) => {
    seen.push([req.method, req.headers['x-check'], req.headers.authorization]);
    res.writeHead(req.url?.startsWith('/well') === true ? 204 : 500).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const times = { intervalMs: 1_000, threshold: 1, timeoutMs: 2_000 };
  const http = (uri: string) => ({ uri, headers: { 'X-Check': ['1'] }, statusCode: 204, ...times });
  const checks = configuredChecks(
    {
      ...NONE,
      http: [
        http(`http://user:s3cr3t@127.0.0.1:${String(port)}/well?token=s3cr3t`),
        http(`http://127.0.0.1:${String(port)}/ill`),
      ],
      tcp: [
        { addr: `127.0.0.1:${String(port)}`, ...times },
        { addr: '127.0.0.1:1', ...times },
      ],
    },
    [{ prefix: undefined, driver: await inmemory.create({}) }],
  );
  const results = await Promise.all(checks.map(({ check }) => check(signal())));
  expect(results).toEqual([undefined, 'unexpected status: 500', undefined, 'connection failed']);
  expect(seen).toContainEqual(['HEAD', '1', `Basic ${Buffer.from('user:s3cr3t').toString('base64')}`]);
  expect(checks.map(({ name }) => name).join(' ')).not.toContain('s3cr3t');
});

describe('readiness', () => {
  const healthy = { failing: () => ({}), isHealthy: true, close: () => undefined };

  it('asks the storage, once a second at most', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const driver = await failing(new StorageError('UNAVAILABLE', 'away'));
    const stat = vi.spyOn(driver, 'stat');
    const readiness = createReadiness([{ prefix: undefined, driver }], healthy);
    expect(await readiness.obstacles()).toHaveProperty('starting');
    readiness.begin();
    expect(await readiness.obstacles()).toEqual({ storage: 'the storage does not answer: UNAVAILABLE' });
    vi.advanceTimersByTime(1_000);
    await readiness.obstacles();
    expect(stat).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1);
    await readiness.obstacles();
    expect(stat).toHaveBeenCalledTimes(2);
  });

  it('F15: is lost while the breaker of the driver is open, without a call, and at the end', async () => {
    const driver = await inmemory.create({});
    const stat = vi.spyOn(driver, 'stat');
    const open = Object.assign(driver, {
      status: () => ({ state: 'open' }),
      reload: () => Promise.resolve(true),
    });
    const readiness = createReadiness([{ prefix: undefined, driver: open }], healthy);
    readiness.begin();
    expect(await readiness.obstacles()).toEqual({ driver: 'the driver keeps failing to start' });
    expect(stat).not.toHaveBeenCalled();
    readiness.drain();
    expect(await readiness.obstacles()).toHaveProperty('draining');
  });
});
