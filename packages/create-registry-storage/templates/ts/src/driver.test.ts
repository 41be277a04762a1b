import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidParametersError, isStorageError } from '@outrigger/driver';
import { factory } from './factory.js';

// `npm run conformance` proves the contract. Here is what is the driver's own.

test('keeps what was put, and nothing that was deleted', async () => {
  const driver = await factory.create({ bucket: 'test-bucket' });
  await driver.put('/a/b', Buffer.from('hello'));
  assert.equal(Buffer.from(await driver.get('/a/b')).toString(), 'hello');
  assert.deepEqual((await driver.list('/a')).entries, [{ path: '/a/b' }]);
  await driver.delete('/a');
  await assert.rejects(
    driver.stat('/a'),
    (error) => isStorageError(error) && error.code === 'PATH_NOT_FOUND',
  );
});

test('refuses parameters by their names, and keeps their values to itself', async () => {
  const isClear = (error: unknown) =>
    error instanceof InvalidParametersError &&
    /bucket: must be/.test(error.message) &&
    /colour: unknown parameter/.test(error.message) &&
    !/HUNTER2/.test(error.message);
  await assert.rejects(factory.create({ bucket: 'HUNTER2', colour: 'HUNTER2' }), isClear);
  await assert.rejects(factory.create({}), /bucket: must be/);
});
