import type { Callback, SFTPWrapper } from 'ssh2';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ConnectionLostError } from '../src/errors.js';
import { createSession } from '../src/session.js';

const HANDLE = Buffer.from('handle');
const TIMEOUT_MS = 1000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A server that answers when a test says so. */
function silentServer() {
  const answers: Callback[] = [];
  const hear = (...args: unknown[]) => void answers.push(args.at(-1) as Callback);
  const sftp: unknown = { ext_openssh_fsync: hear, unlink: hear };
  const drop = vi.fn();
  return { answers, drop, session: createSession(sftp as SFTPWrapper, TIMEOUT_MS, drop) };
}

test('a server that answers nothing for too long is given up, with all that waits', async () => {
  const { drop, session } = silentServer();
  const asked = [session.unlink('/a'), session.unlink('/b')].map((each) =>
    expect(each).rejects.toBeInstanceOf(ConnectionLostError),
  );
  await vi.advanceTimersByTimeAsync(TIMEOUT_MS - 1);
  expect(drop).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(drop).toHaveBeenCalledOnce();
  await Promise.all(asked);
  await expect(session.unlink('/c')).rejects.toBeInstanceOf(ConnectionLostError);
});

test('every answer gives it the time again', async () => {
  const { answers, drop, session } = silentServer();
  const [first, second] = [session.unlink('/a'), session.unlink('/b')];
  second.catch(() => undefined);
  await vi.advanceTimersByTimeAsync(TIMEOUT_MS - 1);
  answers[0]?.(undefined);
  await first;
  await vi.advanceTimersByTimeAsync(TIMEOUT_MS - 1);
  expect(drop).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(drop).toHaveBeenCalledOnce();
});

test('a sync may take ten times as long, also for what waits behind it', async () => {
  const { answers, drop, session } = silentServer();
  const [sync, behind] = [session.fsync(HANDLE), session.unlink('/a')];
  behind.catch(() => undefined);
  await vi.advanceTimersByTimeAsync(10 * TIMEOUT_MS - 1);
  expect(drop).not.toHaveBeenCalled();
  answers[0]?.(undefined);
  await sync;
  await vi.advanceTimersByTimeAsync(TIMEOUT_MS);
  expect(drop).toHaveBeenCalledOnce();
});

test('a sync that is never answered ends all the same', async () => {
  const { drop, session } = silentServer();
  const sync = expect(session.fsync(HANDLE)).rejects.toBeInstanceOf(ConnectionLostError);
  await vi.advanceTimersByTimeAsync(10 * TIMEOUT_MS);
  expect(drop).toHaveBeenCalledOnce();
  await sync;
});
