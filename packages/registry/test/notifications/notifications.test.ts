import type { StorageDriver } from '@outrigger/driver';
import { StorageError } from '@outrigger/driver';
import { describe, expect, onTestFinished, test } from 'vitest';
import type {
  EndpointSettings,
  EventAction,
  EventTarget,
  LogFields,
  Logger,
  Notifications,
  NotificationsOptions,
  RegistryEvent,
} from '../../src/index.js';
import { createNotifications } from '../../src/index.js';
import { listPaths, memoryDriver, overrideDriver } from '../registry-fixture.js';
import type { Receiver } from './receiver.js';
import { eventsOf, ok, startReceiver, status } from './receiver.js';

const SOURCE = { addr: 'host:5000', instanceID: 'instance' };
const DIGEST = `sha256:${'a'.repeat(64)}`;

function endpoint(url: string, settings: Partial<EndpointSettings> = {}): EndpointSettings {
  return {
    name: 'listener',
    url,
    headers: {},
    // Longer than a machine is busy: who is given up in between may have got the event.
    timeoutMs: 60_000,
    threshold: 3,
    backoffMs: 10,
    ignoredMediaTypes: [],
    ignoredActions: [],
    ...settings,
  };
}

function event(id: string, action: EventAction = 'push', target: Partial<EventTarget> = {}): RegistryEvent {
  return {
    id,
    timestamp: new Date('2026-01-02T03:04:05.678Z'),
    action,
    target: { repository: 'a/b', mediaType: 'application/octet-stream', digest: DIGEST, size: 7, ...target },
    request: { id: 'request', addr: '192.0.2.1:99', host: 'registry', method: 'PUT', useragent: 'docker' },
    actor: { name: 'alice' },
  };
}

interface Started extends Notifications {
  /** Everything that was logged, as text. */
  readonly logged: () => string;
}

function start(options: Partial<NotificationsOptions> & Pick<NotificationsOptions, 'endpoints'>): Started {
  const lines: string[] = [];
  const write = (fields: LogFields, message: string) =>
    void lines.push(
      `${message} ${JSON.stringify(fields, (_, value: unknown) => (value instanceof Error ? value.message : value))}`,
    );
  const log: Logger = { debug: write, info: write, warn: write, error: write };
  const notifications = createNotifications({
    includeReferences: false,
    source: SOURCE,
    driver: undefined,
    spoolDelayMs: 1,
    log,
    ...options,
  });
  onTestFinished(() => notifications.close());
  return { ...notifications, logged: () => lines.join('\n') };
}

function send(notifications: Notifications, ...ids: string[]): void {
  for (const id of ids) notifications.listener.listen(event(id));
}

/** The batches in a store, without the other files. */
async function batches(driver: StorageDriver): Promise<string[]> {
  return (await listPaths(driver)).filter((path) => /\d{13}-/.test(path));
}

/** Ids of the events in a store, the oldest first. */
async function spooled(driver: StorageDriver): Promise<string[]> {
  const contents = await Promise.all((await batches(driver)).sort().map((path) => driver.get(path)));
  const lines = contents.flatMap((content) => Buffer.from(content).toString().split('\n'));
  return lines.filter(Boolean).map((line) => (JSON.parse(line) as { id: string }).id);
}

describe('a request', () => {
  test('is an envelope of one event, as Distribution sends it', async () => {
    const receiver = await startReceiver();
    const notifications = start({
      endpoints: [
        endpoint(receiver.url, { headers: { Authorization: ['Bearer s3cret'], 'X-Two': ['1', '2'] } }),
      ],
    });
    notifications.listener.listen(
      event('one', 'mount', { fromRepository: 'c', url: 'http://registry/v2/x', tag: 'v1' }),
    );
    await expect.poll(() => receiver.requests.length).toBe(1);
    const [request] = receiver.requests;
    expect(request?.headers).toMatchObject({
      'content-type': 'application/vnd.docker.distribution.events.v2+json',
      authorization: 'Bearer s3cret',
      'x-two': '1, 2',
    });
    expect(JSON.parse(request?.body ?? '')).toEqual({
      events: [
        {
          id: 'one',
          timestamp: '2026-01-02T03:04:05.678Z',
          action: 'mount',
          target: {
            mediaType: 'application/octet-stream',
            size: 7,
            length: 7,
            digest: DIGEST,
            repository: 'a/b',
            fromRepository: 'c',
            url: 'http://registry/v2/x',
            tag: 'v1',
          },
          request: {
            id: 'request',
            addr: '192.0.2.1:99',
            host: 'registry',
            method: 'PUT',
            useragent: 'docker',
          },
          actor: { name: 'alice' },
          source: SOURCE,
        },
      ],
    });
  });

  test('lists what a manifest names, when asked to', async () => {
    const receiver = await startReceiver();
    const notifications = start({ endpoints: [endpoint(receiver.url)], includeReferences: true });
    const config = { mediaType: 'application/json', size: 2, digest: DIGEST, data: 'e30=' };
    const layer = {
      mediaType: 'a/b',
      size: 3,
      digest: DIGEST,
      urls: ['https://example.com'],
      annotations: { a: 'b' },
    };
    const child = {
      mediaType: 'c/d',
      size: 4,
      digest: DIGEST,
      platform: { os: 'linux', architecture: 'arm64' },
    };
    const contents = [{ config, layers: [layer] }, { manifests: [child] }];
    for (const content of contents)
      notifications.listener.listen(event('x', 'push', { content: Buffer.from(JSON.stringify(content)) }));
    await expect.poll(() => receiver.requests.length).toBe(2);
    const targets = receiver.requests
      .map(({ body }) => eventsOf(body)[0])
      .map((each) => each as unknown as { target: unknown });
    expect(targets).toMatchObject([
      { target: { references: [{ mediaType: 'application/json', size: 2, digest: DIGEST }, layer] } },
      { target: { references: [child] } },
    ]);
    expect(receiver.requests[0]?.body).not.toContain('e30=');
  });

  test('is not made for what is ignored', async () => {
    const receiver = await startReceiver();
    const notifications = start({
      endpoints: [endpoint(receiver.url, { ignoredActions: ['pull'], ignoredMediaTypes: ['a/b'] })],
    });
    expect(notifications.listener.actions).toEqual(['push', 'mount', 'delete']);
    notifications.listener.listen(event('1', 'pull'));
    notifications.listener.listen(event('2', 'push', { mediaType: 'a/b' }));
    notifications.listener.listen(event('3', 'delete', { mediaType: undefined }));
    await expect.poll(() => receiver.ids()).toEqual(['3']);
  });
});

describe('an endpoint', () => {
  test('that fails gets each event again, until it has all in order', async () => {
    const receiver = await startReceiver();
    let requests = 0;
    receiver.answer = (res) => void res.writeHead(++requests < 6 ? 500 : 202).end();
    const notifications = start({ endpoints: [endpoint(receiver.url)] });
    send(notifications, 'a', 'b', 'c');
    await expect.poll(() => receiver.ids()).toEqual(['a', 'b', 'c']);
    await expect
      .poll(() => notifications.snapshot())
      .toEqual([
        {
          name: 'listener',
          pending: 0,
          events: 3,
          successes: 3,
          failures: 5,
          errors: 0,
          dropped: 0,
          statuses: { '202': 3, '500': 5 },
        },
      ]);
    expect(notifications.logged()).toContain('it answers 500');
  });

  test('that does not answer is given up after the timeout', async () => {
    const receiver = await startReceiver();
    receiver.answer = undefined;
    const notifications = start({ endpoints: [endpoint(receiver.url, { timeoutMs: 300 })] });
    send(notifications, 'a');
    await expect.poll(() => notifications.snapshot()[0]?.errors).toBeGreaterThan(1);
    expect(notifications.logged()).toContain('no answer in time');
    receiver.answer = ok;
    await expect.poll(() => notifications.snapshot()[0]?.successes).toBe(1);
    // An answer that came too late on a busy machine has the event sent again.
    expect(new Set(receiver.ids())).toEqual(new Set(['a']));
  });

  test('that is gone, and its secrets, are not in the log', async () => {
    const receiver = await startReceiver();
    const url = new URL(receiver.url);
    url.port = '1';
    const notifications = start({
      endpoints: [
        endpoint(`${url.href}?token=s3cret-in-url`, { headers: { Authorization: ['s3cret-in-header'] } }),
      ],
    });
    send(notifications, 'a');
    await expect.poll(() => notifications.snapshot()[0]?.errors).toBeGreaterThan(3);
    expect(notifications.logged()).toContain('ECONNREFUSED');
    expect(notifications.logged()).not.toContain('s3cret');
  });

  test.each([301, 302, 307, 308])('is followed within its origin: %d', async (code) => {
    const receiver = await startReceiver();
    receiver.answer = (res, { path }) =>
      path === '/new' ? ok(res) : status(code, { Location: '/new' })(res);
    send(start({ endpoints: [endpoint(receiver.url)] }), 'a');
    await expect.poll(() => receiver.ids()).toEqual(['a']);
  });

  test('is not followed to another host: no event and no secret goes there', async () => {
    const receiver = await startReceiver();
    const other = await startReceiver();
    receiver.answer = status(307, { Location: other.url });
    const notifications = start({
      endpoints: [endpoint(receiver.url, { headers: { Authorization: ['x'] } })],
    });
    send(notifications, 'a');
    await expect.poll(() => notifications.snapshot()[0]?.failures).toBeGreaterThan(1);
    expect(other.requests).toEqual([]);
    expect(notifications.logged()).toContain('redirects (307) to another host');
  });

  test('that redirects in circles fails', async () => {
    const receiver = await startReceiver();
    receiver.answer = status(307, { Location: receiver.url });
    const notifications = start({ endpoints: [endpoint(receiver.url)] });
    send(notifications, 'a');
    await expect.poll(() => notifications.logged()).toContain('redirects too often');
  });

  test('does not hold up another one', async () => {
    const [stuck, working] = [await startReceiver(), await startReceiver()];
    stuck.answer = undefined;
    const endpoints = [endpoint(stuck.url), endpoint(working.url, { name: 'other' })];
    send(start({ endpoints }), 'a', 'b');
    await expect.poll(() => working.ids()).toEqual(['a', 'b']);
  });

  test('behind which too many wait loses the oldest, counted and warned of', async () => {
    const receiver = await startReceiver();
    receiver.answer = status(503);
    const notifications = start({ endpoints: [endpoint(receiver.url)], limits: { count: 2, bytes: 1e6 } });
    send(notifications, 'a');
    await expect.poll(() => receiver.requests.length).toBeGreaterThan(0);
    send(notifications, 'b', 'c', 'd', 'e');
    expect(notifications.snapshot()[0]).toMatchObject({ pending: 3, dropped: 2 });
    expect(notifications.logged()).toContain('the oldest are dropped');
    receiver.answer = ok;
    await expect.poll(() => receiver.ids()).toEqual(['a', 'd', 'e']);
  });

  test('has a limit in bytes, too', async () => {
    const receiver = await startReceiver();
    receiver.answer = status(503);
    const notifications = start({ endpoints: [endpoint(receiver.url)], limits: { count: 100, bytes: 2000 } });
    send(notifications, ...'abcdefghijkl'.split(''));
    const { pending = 0, dropped = 0 } = notifications.snapshot()[0] ?? {};
    expect(pending).toBeLessThan(7);
    expect(pending + dropped).toBe(12);
  });
});

test('what came just before the end is still delivered, if the endpoint works', async () => {
  const receiver = await startReceiver();
  const driver = await memoryDriver();
  const notifications = start({ endpoints: [endpoint(receiver.url)], driver, lastMomentMs: 60_000 });
  send(notifications, 'a', 'b', 'c');
  await notifications.close();
  expect(receiver.ids()).toEqual(['a', 'b', 'c']);
  expect(await listPaths(driver)).toEqual([]);
});

describe('what is not delivered', () => {
  async function failing(): Promise<{ receiver: Receiver; driver: StorageDriver }> {
    const receiver = await startReceiver();
    receiver.answer = status(503);
    return { receiver, driver: await memoryDriver() };
  }

  test('goes to the store, and from there to the endpoint after a restart', async () => {
    const { receiver, driver } = await failing();
    const first = start({ endpoints: [endpoint(receiver.url)], driver });
    send(first, 'a', 'b', 'c');
    await first.close();
    expect(await batches(driver)).not.toEqual([]);
    // The last request to the one that fails may still be on its way.
    const working = await startReceiver();
    const second = start({ endpoints: [endpoint(working.url)], driver });
    await second.recover();
    await expect.poll(() => working.ids()).toEqual(['a', 'b', 'c']);
    await expect.poll(() => batches(driver)).toEqual([]);
    expect(second.snapshot()[0]).toMatchObject({ events: 3, successes: 3, pending: 0 });
  });

  test('is in the store a moment after it came: kill -9 does not lose it', async () => {
    const { receiver, driver } = await failing();
    const first = start({ endpoints: [endpoint(receiver.url)], driver });
    send(first, 'a', 'b');
    // In one batch or in two.
    await expect.poll(() => spooled(driver)).toEqual(['a', 'b']);
    // The first one is never closed: another process would find the store like this.
    const copy = await startReceiver();
    const second = start({ endpoints: [endpoint(copy.url)], driver });
    await second.recover();
    await expect.poll(() => copy.ids()).toEqual(['a', 'b']);
  });

  test('is taken over from a replica that has left, by one other replica', async () => {
    const { receiver, driver } = await failing();
    const gone = start({ endpoints: [endpoint(receiver.url)], driver, replica: 'one' });
    send(gone, 'a', 'b');
    await gone.close();
    const working = await startReceiver();
    const others = ['two', 'three'].map((replica) =>
      start({ endpoints: [endpoint(working.url)], driver, replica }),
    );
    await Promise.all(others.map((other) => other.recover()));
    // Where they lie in two batches, each of the replicas may have taken one.
    await expect.poll(() => working.ids().sort()).toEqual(['a', 'b']);
    await expect.poll(() => batches(driver)).toEqual([]);
  });

  test('is left to a replica that is alive', async () => {
    const { receiver, driver } = await failing();
    const alive = start({ endpoints: [endpoint(receiver.url)], driver, replica: 'one' });
    send(alive, 'a');
    await expect.poll(() => batches(driver)).toHaveLength(1);
    const other = start({ endpoints: [endpoint(receiver.url)], driver, replica: 'two' });
    await other.recover();
    expect(other.snapshot()[0]).toMatchObject({ events: 0 });
  });

  test('for an endpoint that is gone is dropped', async () => {
    const { receiver, driver } = await failing();
    const gone = start({ endpoints: [endpoint(receiver.url, { name: 'old' })], driver, replica: 'one' });
    send(gone, 'a');
    await gone.close();
    const other = start({ endpoints: [endpoint(receiver.url)], driver, replica: 'two' });
    await other.recover();
    expect(await listPaths(driver)).toEqual([]);
    expect(other.logged()).toContain('an endpoint that is gone');
  });

  test('makes room in the store as well', async () => {
    const { receiver, driver } = await failing();
    const notifications = start({
      endpoints: [endpoint(receiver.url)],
      driver,
      limits: { count: 1, bytes: 1e6 },
    });
    for (const id of 'abcdefgh') {
      send(notifications, id);
      await expect.poll(() => batches(driver)).not.toEqual([]);
    }
    await expect.poll(async () => (await batches(driver)).length).toBeLessThan(4);
  });

  test('stays in memory while the store is full', async () => {
    const { receiver, driver: memory } = await failing();
    const driver = overrideDriver(memory, {
      put: () => Promise.reject(new StorageError('QUOTA_EXCEEDED', 'full')),
    });
    const notifications = start({ endpoints: [endpoint(receiver.url)], driver });
    send(notifications, 'a');
    await expect.poll(() => notifications.logged()).toContain('the store keeps no events');
    receiver.answer = ok;
    await expect.poll(() => receiver.ids()).toEqual(['a']);
  });

  test('an unreadable batch is skipped', async () => {
    const { receiver, driver } = await failing();
    const first = start({ endpoints: [endpoint(receiver.url)], driver });
    send(first, 'a');
    await first.close();
    const [path = ''] = await batches(driver);
    await driver.put(path.replace(/\d{13}/, '1000000000000'), Buffer.from('{"torn'));
    const working = await startReceiver();
    await start({ endpoints: [endpoint(working.url)], driver }).recover();
    await expect.poll(() => working.ids()).toEqual(['a']);
    await expect.poll(() => batches(driver)).toEqual([]);
  });
});
