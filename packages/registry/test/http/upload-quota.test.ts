import type { StorageDriver } from '@outrigger/driver';
import { describe, expect, test } from 'vitest';
import type { AccessController } from '../../src/access/access-controller.js';
import type { TestRegistry } from '../registry-fixture.js';
import {
  bytes,
  digestOf,
  errorCode,
  header,
  memoryDriver,
  overrideDriver,
  pushBlob,
  startRegistry,
  startUpload,
  withDigest,
} from '../registry-fixture.js';

const DRIVERS: [string, () => Promise<StorageDriver>][] = [
  ['a driver with all capabilities', memoryDriver],
  ['a plain driver', async () => overrideDriver(await memoryDriver(), { capabilities: {} })],
];

/** Takes every name. */
const ACCESS: AccessController = {
  authorize: async ({ headers }) => ({
    user: headers['x-user']?.toString(),
    readsAll: true,
    allows: () => true,
  }),
};

function begin(registry: TestRegistry, headers: Record<string, string> = {}): Promise<Response> {
  return registry.call('POST', 'a/blobs/uploads/', { headers });
}

async function expectRefused(answer: Response): Promise<void> {
  expect(answer.status).toBe(429);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await errorCode(answer)).toBe('TOOMANYREQUESTS');
}

describe.each(DRIVERS)('a limit of uploads with %s', (_, makeDriver) => {
  test('one more is refused, and every way to end one frees its place', async () => {
    const registry = await startRegistry({ driver: await makeDriver(), uploadsPerUser: 1 });
    const content = bytes(1000);
    const endings: ((location: string) => Promise<number>)[] = [
      async (location) => (await registry.call('DELETE', location)).status,
      async (location) =>
        (await registry.call('PUT', withDigest(location, digestOf(content)), { body: content })).status,
      async (location) => {
        const patch = await registry.call('PATCH', location, { body: content });
        await expectRefused(await begin(registry));
        return (await registry.call('PUT', withDigest(header(patch, 'location'), digestOf(content)))).status;
      },
      async (location) =>
        (await registry.call('PUT', withDigest(location, digestOf('')), { body: content })).status,
    ];
    const statuses: number[] = [];
    for (const end of endings) {
      const location = await startUpload(registry, 'a');
      await expectRefused(await begin(registry));
      statuses.push(await end(location));
    }
    expect(statuses).toEqual([204, 201, 201, 400]);
    await pushBlob(registry, 'a', content);
    await pushBlob(registry, 'a', content);
  });

  test('a mount takes no place', async () => {
    const registry = await startRegistry({
      driver: await makeDriver(),
      uploadsPerUser: 1,
    });
    const digest = await pushBlob(registry, 'a', bytes(10));
    await startUpload(registry, 'a');
    const mount = await registry.call('POST', `b/blobs/uploads/?mount=${digest}&from=a`);
    expect(mount.status).toBe(201);
    const content = bytes(10);
    const whole = await registry.call('POST', `a/blobs/uploads/?digest=${digestOf(content)}`, {
      body: content,
    });
    await expectRefused(whole);
  });
});

test('users are counted apart, and those without a name by their address', async () => {
  const registry = await startRegistry({ uploadsPerUser: 1, access: ACCESS });
  const from = (address: string) => ({ 'X-Forwarded-For': address });
  const owners: Record<string, string>[] = [
    { 'X-User': 'ann' },
    { 'X-User': 'ben' },
    {},
    from('192.0.2.1'),
    from('2001:db8::1'),
  ];
  for (const headers of owners) {
    expect((await begin(registry, headers)).status).toBe(202);
    await expectRefused(await begin(registry, headers));
  }
  // A name counts wherever it comes from.
  await expectRefused(await begin(registry, { 'X-User': 'ann', ...from('192.0.2.7') }));
});

test('without a limit there is none', async () => {
  const registry = await startRegistry();
  for (let count = 0; count < 70; count++) expect((await begin(registry)).status).toBe(202);
});
