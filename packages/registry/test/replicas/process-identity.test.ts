import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { isDead, thisProcess } from '../../src/replicas/process-identity.js';

test('this process lives', () => {
  expect(isDead(JSON.stringify(thisProcess()))).toBe(false);
});

test('a process that has ended is dead, and so is one whose number another process has now', async () => {
  const child = spawn('true');
  const { pid } = child;
  await once(child, 'exit');
  expect(isDead(JSON.stringify({ ...thisProcess(), pid }))).toBe(true);
  expect(isDead(JSON.stringify({ ...thisProcess(), started: '1' }))).toBe(true);
});

test.each([
  ['another machine, or this one before it booted anew', { boot: 'another' }],
  ['another container, whatever its name', { namespace: 'pid:[1]' }],
  ['a system that does not tell', { boot: '', namespace: '' }],
])('of a process of %s nothing is known', (_, fields) => {
  expect(isDead(JSON.stringify({ ...thisProcess(), pid: 1, started: '1', ...fields }))).toBe(false);
});

test.each(['', '?', 'null', '[]', '{}'])('nor of what is no identity: %j', (content) => {
  expect(isDead(content)).toBe(false);
});
