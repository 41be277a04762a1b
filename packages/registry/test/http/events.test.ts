import { describe, expect, test } from 'vitest';
import type { EventAction, RegistryEvent } from '../../src/index.js';
import type { TestRegistry } from '../registry-fixture.js';
import {
  OCI_INDEX,
  OCI_MANIFEST,
  bytes,
  digestOf,
  header,
  memoryDriver,
  overrideDriver,
  pushBlob,
  pushImage,
  putManifest,
  startRegistry,
  startUpload,
  withDigest,
} from '../registry-fixture.js';

const EMPTY_INDEX = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] });

interface Listening {
  readonly registry: TestRegistry;
  /** Takes the events so far. */
  readonly taken: () => RegistryEvent[];
}

async function listening(
  actions?: readonly EventAction[],
  options: Parameters<typeof startRegistry>[0] = {},
): Promise<Listening> {
  const events: RegistryEvent[] = [];
  const listener = { actions, listen: (event: RegistryEvent) => void events.push(event) };
  const registry = await startRegistry({ ...options, listeners: [listener] });
  return { registry, taken: () => events.splice(0) };
}

/** Action and target, without the content of manifests. */
function briefly(events: readonly RegistryEvent[]): unknown[] {
  return events.map(({ action, target }) =>
    Object.fromEntries(
      Object.entries({ action, ...target }).filter(
        ([key, value]: [string, unknown]) => value !== undefined && key !== 'content' && key !== 'url',
      ),
    ),
  );
}

describe('an event', () => {
  test('says what, who, when and by which request', async () => {
    const { registry, taken } = await listening();
    const before = Date.now();
    await registry.call('PUT', 'a/b/manifests/v1', {
      body: EMPTY_INDEX,
      headers: { 'Content-Type': OCI_INDEX, 'User-Agent': 'tester/1' },
    });
    const [event] = taken();
    const digest = digestOf(EMPTY_INDEX);
    expect(event).toMatchObject({
      action: 'push',
      target: {
        repository: 'a/b',
        mediaType: OCI_INDEX,
        digest,
        size: EMPTY_INDEX.length,
        tag: 'v1',
        url: `${registry.origin}/v2/a/b/manifests/${digest}`,
      },
      request: { host: `127.0.0.1:${String(registry.port)}`, method: 'PUT', useragent: 'tester/1' },
      actor: {},
    });
    expect(event?.target.content?.toString()).toBe(EMPTY_INDEX);
    expect(event?.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(event?.request.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(event?.request.addr).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(event?.timestamp.getTime()).toBeGreaterThanOrEqual(before);
  });

  test.each([
    [{ 'X-Forwarded-For': '192.0.2.7, 10.0.0.1' }, '192.0.2.7'],
    [{ 'X-Real-Ip': '2001:db8::1' }, '2001:db8::1'],
    [{ 'X-Forwarded-For': 'nonsense', 'X-Real-Ip': '192.0.2.9' }, '192.0.2.9'],
  ])('has the address that a proxy gives: %j', async (headers, addr) => {
    const { registry, taken } = await listening();
    await registry.call('PUT', 'r/manifests/v1', {
      body: EMPTY_INDEX,
      headers: { 'Content-Type': OCI_INDEX, ...headers },
    });
    expect(taken()[0]?.request.addr).toBe(addr);
  });

  test('comes only to those who listen for its action', async () => {
    const { registry, taken } = await listening(['delete']);
    await putManifest(registry, 'r', 'v1', EMPTY_INDEX, OCI_INDEX);
    await registry.call('GET', 'r/manifests/v1');
    await registry.call('DELETE', 'r/manifests/v1');
    expect(briefly(taken())).toEqual([{ action: 'delete', repository: 'r', tag: 'v1' }]);
  });

  test('that a listener fails on changes no answer', async () => {
    const listen = () => {
      throw new Error('a fault');
    };
    const registry = await startRegistry({ listeners: [{ listen }] });
    expect((await putManifest(registry, 'r', 'v1', EMPTY_INDEX, OCI_INDEX)).status).toBe(201);
    expect(registry.lines).toContain('error a listener for events failed');
  });
});

describe('manifests', () => {
  test('pull by tag and by digest, HEAD as GET; not when the client has it', async () => {
    const { registry, taken } = await listening(['pull']);
    const { digest, content } = await pushImage(registry, 'r', 'v1');
    const target = { action: 'pull', repository: 'r', mediaType: OCI_MANIFEST, digest, size: content.length };
    await registry.call('GET', 'r/manifests/v1');
    await registry.call('HEAD', `r/manifests/${digest}`);
    await registry.call('GET', 'r/manifests/v1', { headers: { 'If-None-Match': `"${digest}"` } });
    await registry.call('GET', 'r/manifests/v2');
    expect(briefly(taken())).toEqual([{ ...target, tag: 'v1' }, target]);
  });

  test('push by digest: one event, or one for each tag', async () => {
    const { registry, taken } = await listening(['push']);
    const digest = digestOf(EMPTY_INDEX);
    await putManifest(registry, 'r', digest, EMPTY_INDEX, OCI_INDEX);
    await putManifest(registry, 'r', `${digest}?tag=a&tag=b`, EMPTY_INDEX, OCI_INDEX);
    expect(taken().map(({ target }) => target.tag)).toEqual([undefined, 'a', 'b']);
  });

  test('a push that is refused is none', async () => {
    const { registry, taken } = await listening();
    await putManifest(registry, 'r', 'v1', '{}', OCI_INDEX);
    expect(taken()).toEqual([]);
  });

  test('delete names the manifest, then its tags', async () => {
    const { registry, taken } = await listening(['delete']);
    const digest = digestOf(EMPTY_INDEX);
    for (const tag of ['a', 'b']) await putManifest(registry, 'r', tag, EMPTY_INDEX, OCI_INDEX);
    await registry.call('DELETE', `r/manifests/${digest}`);
    expect(briefly(taken())).toEqual([
      { action: 'delete', repository: 'r', digest },
      { action: 'delete', repository: 'r', tag: 'a' },
      { action: 'delete', repository: 'r', tag: 'b' },
    ]);
  });
});

describe('blobs', () => {
  const content = bytes(100_000);
  const digest = digestOf(content);
  const target = { repository: 'r', mediaType: 'application/octet-stream', digest, size: content.length };

  test('push in one request, in two, and in chunks', async () => {
    const { registry, taken } = await listening();
    await pushBlob(registry, 'r', content);
    const started = await startUpload(registry, 'r');
    await registry.call('PUT', withDigest(started, digest), { body: content });
    const patched = await registry.call('PATCH', await startUpload(registry, 'r'), { body: content });
    await registry.call('PUT', withDigest(header(patched, 'location'), digest));
    expect(briefly(taken())).toEqual(Array(3).fill({ action: 'push', ...target }));
  });

  test('pull whole, in part, and by HEAD', async () => {
    const { registry, taken } = await listening(['pull']);
    await pushBlob(registry, 'r', content);
    await (await registry.call('GET', `r/blobs/${digest}`)).arrayBuffer();
    await (
      await registry.call('GET', `r/blobs/${digest}`, { headers: { Range: 'bytes=5-9' } })
    ).arrayBuffer();
    await registry.call('HEAD', `r/blobs/${digest}`);
    const pulled: unknown[] = [];
    // The last byte may be here before the event is.
    await expect.poll(() => pulled.push(...briefly(taken()))).toBe(3);
    expect(pulled).toEqual(Array(3).fill({ action: 'pull', ...target }));
  });

  test('pull by a redirect', async () => {
    const memory = await memoryDriver();
    const driver = overrideDriver(memory, {
      capabilities: { ...memory.capabilities, redirectURL: true },
      redirectURL: () => Promise.resolve({ url: 'https://cdn.example.com/x' }),
    });
    const { registry, taken } = await listening(['pull'], { driver });
    await pushBlob(registry, 'r', content);
    expect((await registry.call('GET', `r/blobs/${digest}`)).status).toBe(307);
    expect(briefly(taken())).toEqual([{ action: 'pull', ...target }]);
  });

  test('mount names where from', async () => {
    const { registry, taken } = await listening(['mount', 'push']);
    await pushBlob(registry, 'other', content);
    await registry.call('POST', `r/blobs/uploads/?mount=${digest}&from=other`);
    expect(briefly(taken())).toEqual([
      { action: 'push', ...target, repository: 'other' },
      { action: 'mount', ...target, fromRepository: 'other' },
    ]);
  });

  test('delete', async () => {
    const { registry, taken } = await listening(['delete']);
    await pushBlob(registry, 'r', content);
    await registry.call('DELETE', `r/blobs/${digest}`);
    await registry.call('DELETE', `r/blobs/${digest}`);
    expect(briefly(taken())).toEqual([{ action: 'delete', repository: 'r', digest }]);
  });
});
