import { execa } from 'execa';
import { expect, test } from 'vitest';
import { findParentDeathPrefix } from '../src/parent-death.js';

const SAY = ['/bin/echo', 'it runs'];

test('F08: a program that comes up when its host is gone does not begin', async () => {
  const [program = '', ...prefix] = await findParentDeathPrefix();
  expect(await execa(program, [...prefix, ...SAY])).toMatchObject({ stdout: 'it runs', exitCode: 0 });
  // Below the shell it has another parent than this process, as one that was handed on has.
  const handedOn = ['-c', '"$@"; exit $?', 'shell', program, ...prefix, ...SAY];
  expect(await execa('/bin/sh', handedOn, { reject: false })).toMatchObject({ stdout: '', exitCode: 1 });
});
