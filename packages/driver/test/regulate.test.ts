import { expect, test } from 'vitest';
import { createRegulator } from '../src/index.js';

/** Tasks that end when they are told to. */
function controlledTasks(): {
  task: (name: string) => () => Promise<string>;
  started: string[];
  end: (name: string) => void;
} {
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    started,
    task: (name) => () => {
      started.push(name);
      return new Promise((resolve) => ends.set(name, () => resolve(name)));
    },
    end: (name) => ends.get(name)?.(),
  };
}

test('lets so many run at a time, the others in order', async () => {
  const { task, started, end } = controlledTasks();
  const regulator = createRegulator(2);
  const runs = ['a', 'b', 'c', 'd'].map((name) => regulator.run(task(name)));
  expect(started).toEqual(['a', 'b']);
  expect([regulator.active, regulator.waiting]).toEqual([2, 2]);
  end('b');
  await runs[1];
  await Promise.resolve();
  expect(started).toEqual(['a', 'b', 'c']);
  for (const name of ['a', 'c']) end(name);
  await Promise.all([runs[0], runs[2]]);
  end('d');
  expect(await Promise.all(runs)).toEqual(['a', 'b', 'c', 'd']);
  expect([regulator.active, regulator.waiting]).toEqual([0, 0]);
});

test('a newcomer does not overtake one that waits', async () => {
  const { task, started, end } = controlledTasks();
  const regulator = createRegulator(1);
  const first = regulator.run(task('first'));
  const second = regulator.run(task('second'));
  end('first');
  const third = first.then(() => regulator.run(task('third')));
  await first;
  expect(regulator.waiting).toBe(1);
  await Promise.resolve();
  end('second');
  await second;
  await Promise.resolve();
  expect(started).toEqual(['first', 'second', 'third']);
  end('third');
  await third;
});

test('a task that fails gives its place back', async () => {
  const regulator = createRegulator(1);
  await expect(regulator.run(() => Promise.reject(new Error('x')))).rejects.toThrow('x');
  await expect(
    regulator.run(() => {
      throw new Error('y');
    }),
  ).rejects.toThrow('y');
  expect(regulator.active).toBe(0);
});

test('one that waits leaves when its signal is aborted, and is never run', async () => {
  const { task, started, end } = controlledTasks();
  const regulator = createRegulator(1);
  const first = regulator.run(task('first'));
  const controller = new AbortController();
  const second = regulator.run(task('second'), controller.signal);
  const third = regulator.run(task('third'));
  controller.abort(new Error('gone'));
  await expect(second).rejects.toThrow('gone');
  expect(regulator.waiting).toBe(1);
  end('first');
  await first;
  await Promise.resolve();
  expect(started).toEqual(['first', 'third']);
  end('third');
  await third;
  await expect(regulator.run(task('late'), AbortSignal.abort())).rejects.toMatchObject({
    name: 'AbortError',
  });
  expect(regulator.active).toBe(0);
});

test.each([0, -1, 1.5, Number.NaN])('refuses a limit of %d', (limit) => {
  expect(() => createRegulator(limit)).toThrow(RangeError);
});
