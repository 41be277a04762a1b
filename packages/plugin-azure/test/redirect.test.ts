import { expect, it, vi } from 'vitest';
import { createRedirect } from '../src/redirect.js';
import { fakeService } from './fake-service.js';
import { refusal } from './rest-error.js';

function redirecting() {
  const clock = { now: Date.now() };
  const sign = vi.fn(() => Promise.resolve('sig=x'));
  const service = fakeService({ blob: { url: 'https://acc.test/con/a' }, signer: { sign } });
  const told: string[] = [];
  const redirect = createRedirect(
    service,
    (message) => told.push(message),
    () => clock.now,
  );
  return { clock, sign, told, ask: (signal?: AbortSignal) => redirect('a', { method: 'GET', signal }) };
}

it('signs a URL for 20 minutes', async () => {
  const { clock, ask } = redirecting();
  expect(await ask()).toEqual({
    url: 'https://acc.test/con/a?sig=x',
    expiresAt: new Date(clock.now + 20 * 60_000),
  });
});

it('an identity without the right to sign: nothing is redirected, one line says which role, and it is tried again a minute later', async () => {
  const { clock, sign, told, ask } = redirecting();
  sign.mockRejectedValue(refusal(403, 'AuthorizationPermissionMismatch'));
  expect([await ask(), await ask()]).toEqual([null, null]);
  clock.now += 59_999;
  expect(await ask()).toBeNull();
  expect(sign).toHaveBeenCalledTimes(1);
  clock.now += 1;
  expect(await ask()).toBeNull();
  expect(told).toHaveLength(1);
  expect(told[0]).toContain('Azure answered 403 AuthorizationPermissionMismatch');
  expect(told[0]).toContain('Storage Blob Delegator');
  expect(told[0]).not.toContain('SIGNATURE');
  clock.now += 60_000;
  sign.mockResolvedValue('sig=y');
  expect(await ask()).not.toBeNull();
});

it('an identity that cannot sign in: the line says what Azure says to that', async () => {
  const { sign, told, ask } = redirecting();
  const error = new Error(
    'invalid_client: AADSTS7000222: The provided client secret keys are expired.\nTrace ID: x',
  );
  error.name = 'AuthenticationError';
  sign.mockRejectedValue(error);
  expect(await ask()).toBeNull();
  expect(told[0]).toContain(
    'AuthenticationError: AADSTS7000222: The provided client secret keys are expired.',
  );
});

it('a client that leaves is no refusal', async () => {
  const { sign, told, ask } = redirecting();
  const leaving = new AbortController();
  sign.mockImplementationOnce(() => {
    leaving.abort();
    return Promise.reject(new Error('aborted'));
  });
  await expect(ask(leaving.signal)).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(told).toEqual([]);
  expect(await ask()).not.toBeNull();
});
