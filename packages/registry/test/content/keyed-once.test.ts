import { expect, test } from 'vitest';
import { createKeyedOnce } from '../../src/content/keyed-once.js';

test('a task succeeds once; one that fails is tried again', async () => {
  const once = createKeyedOnce(10);
  let runs = 0;
  const task = () => {
    runs++;
    return runs === 1 ? Promise.reject(new Error('no')) : Promise.resolve();
  };
  await expect(once.run('a', task)).rejects.toThrow('no');
  await Promise.all([once.run('a', task), once.run('a', task)]);
  await once.run('a', task);
  expect(runs).toBe(2);
});

test('only so many keys are remembered: clients make them up', async () => {
  const once = createKeyedOnce(2);
  const runs: string[] = [];
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b'])
    await once.run(key, () => {
      runs.push(key);
      return Promise.resolve();
    });
  expect(runs).toEqual(['a', 'b', 'c', 'b']);
});
