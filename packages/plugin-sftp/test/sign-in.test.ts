import { expect, test } from 'vitest';
import { sftp } from '../src/index.js';
import { startScripted } from './scripted-server.js';

/** What a driver says to a server without the rename that it needs: it was let in. */
const LET_IN = 'the server has no posix-rename@openssh.com';

test('with a password', async () => {
  const { parameters, tried } = await startScripted((context) => {
    if (context.method === 'password' && context.password === 'hunter2') context.accept();
    else context.reject(['password']);
  });
  await expect(sftp.create({ ...parameters, password: 'hunter2' })).rejects.toThrow(LET_IN);
  expect(tried).toContain('password');
});

test('with a password that the server asks for as keyboard-interactive', async () => {
  const { parameters, tried } = await startScripted((context) => {
    if (context.method !== 'keyboard-interactive') {
      context.reject(['keyboard-interactive']);
      return;
    }
    context.prompt([{ prompt: 'Password: ', echo: false }], (answers) => {
      if (answers[0] === 'hunter2') context.accept();
      else context.reject();
    });
  });
  await expect(sftp.create({ ...parameters, password: 'hunter2' })).rejects.toThrow(LET_IN);
  expect(tried).toContain('keyboard-interactive');
});

test('with a password that is wrong: the line has its key and not its value', async () => {
  const { parameters } = await startScripted((context) => {
    context.reject(['password']);
  });
  const refused: unknown = await sftp
    .create({ ...parameters, password: 'hunter2' })
    .catch((error: unknown) => error);
  expect(String(refused)).toContain('password: the server');
  expect(String(refused)).not.toContain('hunter2');
});
