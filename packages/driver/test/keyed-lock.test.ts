import { expect, test } from 'vitest';
import { createKeyedLock } from '../src/index.js';

test('tasks of one key take turns in order, others do not wait, errors do not stick', async () => {
  const locks = createKeyedLock();
  const seen: string[] = [];
  const gate = Promise.withResolvers<undefined>();
  const first = locks.run('a', async () => {
    await gate.promise;
    seen.push('first');
    throw new Error('first');
  });
  const second = locks.run('a', async () => void seen.push('second'));
  await locks.run('b', async () => void seen.push('other'));
  expect(locks.isHeld('a')).toBe(true);
  gate.resolve(undefined);
  await expect(first).rejects.toThrow('first');
  await second;
  expect(seen).toEqual(['other', 'first', 'second']);
  expect(locks.isHeld('a')).toBe(false);
});
