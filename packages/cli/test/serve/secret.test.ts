import type { StorageDriver } from '@outrigger/driver';
import { StorageError } from '@outrigger/driver';
import { inmemory } from '@outrigger/plugin-memory';
import { ALWAYS_ALONE } from '@outrigger/registry';
import { expect, test } from 'vitest';
import { EXIT } from '../../src/exit-codes.js';
import { uploadSecret } from '../../src/serve/secret.js';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

function cannotBeWritten(driver: StorageDriver): StorageDriver {
  const put = () => Promise.reject(new StorageError('UNSUPPORTED', 'read-only'));
  return new Proxy(driver, {
    get: (target, key, receiver): unknown => (key === 'put' ? put : Reflect.get(target, key, receiver)),
  });
}

test('that of the configuration, byte for byte', async () => {
  const driver = await inmemory.create({});
  const secret = await uploadSecret('a secret', { driver, log, presence: ALWAYS_ALONE });
  expect(Buffer.from(secret).toString()).toBe('a secret');
});

test('without one: made up once, and kept in the store for all who use it', async () => {
  const driver = await inmemory.create({});
  const first = await uploadSecret(undefined, { driver, log, presence: ALWAYS_ALONE });
  const second = await uploadSecret('', { driver, log, presence: { joining: undefined, others: 1 } });
  expect(Buffer.from(second).equals(first)).toBe(true);
});

test('whoever joins waits before it makes one up', async () => {
  const driver = await inmemory.create({});
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const joining = promise.then(() => undefined);
  const second = uploadSecret(undefined, { driver, log, presence: { joining, others: 1 } });
  const first = await uploadSecret(undefined, { driver, log, presence: ALWAYS_ALONE });
  resolve(undefined);
  expect(Buffer.from(await second).equals(first)).toBe(true);
});

test('a store that cannot keep one: alone it is made up, beside others that is refused', async () => {
  const driver = await inmemory.create({});
  const closed = cannotBeWritten(driver);
  expect(await uploadSecret(undefined, { driver: closed, log, presence: ALWAYS_ALONE })).toHaveLength(32);
  const refused = { exitCode: EXIT.config, message: /set http\.secret/ };
  const beside = { joining: undefined, others: 1 };
  await expect(uploadSecret(undefined, { driver: closed, log, presence: beside })).rejects.toMatchObject({
    exitCode: refused.exitCode,
    message: expect.stringMatching(refused.message) as string,
  });
  await driver.put('/docker/registry/v2/_outrigger/replicas/other', Buffer.from('{}'));
  await expect(
    uploadSecret(undefined, { driver: closed, log, presence: ALWAYS_ALONE }),
  ).rejects.toMatchObject({ exitCode: EXIT.config });
});
