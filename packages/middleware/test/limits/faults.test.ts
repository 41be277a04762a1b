import { readToEnd } from '@outrigger/driver';
import { inmemory } from '@outrigger/plugin-memory';
import { expect, test } from 'vitest';
import { faults } from '../../src/index.js';
import { SILENT, recording } from '../wrap-parts.js';

async function faulty(...rules: Record<string, unknown>[]) {
  return faults.wrap(await inmemory.create({}), { rules, seed: 7 }, SILENT);
}

const outcome = (call: Promise<unknown>) =>
  call.then(
    () => 'ok',
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'other'),
  );

test('each n-th call of an operation fails with the code that is asked for', async () => {
  const driver = await faulty({ operations: ['put'], every: 3, error: 'QUOTA_EXCEEDED' });
  const outcomes: string[] = [];
  for (let turn = 0; turn < 6; turn++) {
    outcomes.push(await outcome(driver.put('/a', Buffer.from('x'))));
    await driver.get('/a');
  }
  expect(outcomes).toEqual(['ok', 'ok', 'QUOTA_EXCEEDED', 'ok', 'ok', 'QUOTA_EXCEEDED']);
  expect(driver.counts?.().failed_total?.value).toBe(2);
});

test('the same seed gives the same faults', async () => {
  const run = async () => {
    const driver = await faulty({ probability: 0.5, error: 'UNAVAILABLE' });
    const outcomes: string[] = [];
    for (let turn = 0; turn < 40; turn++) outcomes.push(await outcome(driver.list('/')));
    return outcomes;
  };
  const [first, second] = [await run(), await run()];
  expect(first).toEqual(second);
  expect(new Set(first)).toEqual(new Set(['ok', 'UNAVAILABLE']));
});

test('content breaks off where it is said, and only at the paths that are meant', async () => {
  const driver = await faulty({ operations: ['reader'], path: '/broken', cutat: 1000 });
  for (const path of ['/broken/a', '/whole/a']) await driver.put(path, Buffer.alloc(5000));
  const reader = await driver.reader('/broken/a');
  expect(reader.size).toBe(5000);
  expect(await reader.read(new Uint8Array(5000))).toBe(1000);
  await expect(reader.read(new Uint8Array(10))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await reader.close();
  expect((await readToEnd(await driver.reader('/whole/a'), 5000)).length).toBe(5000);
});

test('a commit that fails leaves nothing that a reader sees', async () => {
  const driver = await faulty({ operations: ['commit'], error: 'INTERNAL' });
  const writer = await driver.writer('/a');
  await writer.write(Buffer.from('x'));
  await expect(writer.commit()).rejects.toMatchObject({ code: 'INTERNAL' });
  await expect(driver.get('/a')).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
});

test('a call that waits can be aborted', async () => {
  const driver = await faulty({ delay: '1h' });
  const controller = new AbortController();
  const call = driver.list('/', { signal: controller.signal });
  controller.abort();
  await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
});

test('the start is loud, and wrong rules are named', async () => {
  const { log, lines } = recording();
  const inner = await inmemory.create({});
  await faults.wrap(inner, { rules: [{ error: 'INTERNAL' }] }, { log });
  expect(lines.join()).toContain('THE STORE FAILS ON PURPOSE');
  for (const rules of [[], [{ error: 'NO_SUCH_CODE' }], [{ operations: ['dance'] }], [{ every: 0 }]])
    await expect(faults.wrap(inner, { rules }, { log })).rejects.toMatchObject({
      name: 'InvalidParametersError',
    });
});
