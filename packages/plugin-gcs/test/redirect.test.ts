import { GoogleAuth } from 'google-auth-library';
import { Storage } from '@google-cloud/storage';
import { expect, test } from 'vitest';
import { createUrlSigner } from '../src/redirect.js';
import { serviceAccount } from './service-account.js';

function signerOf(auth: GoogleAuth, told: string[] = [], clock = { now: Date.now() }) {
  const storage = new Storage({ apiEndpoint: 'https://storage.googleapis.com', authClient: auth });
  return createUrlSigner(storage.bucket('images'), (reason) => told.push(reason), { now: () => clock.now });
}

function ownKey(): GoogleAuth {
  const auth = new GoogleAuth();
  auth.jsonContent = serviceAccount();
  return auth;
}

test('GET and HEAD are signed apart, for 20 minutes, path and name escaped', async () => {
  const sign = signerOf(ownKey());
  const get = await sign('root/a+b/data', { method: 'GET' });
  const head = await sign('root/a+b/data', { method: 'HEAD' });
  for (const redirect of [get, head]) {
    const url = new URL(redirect?.url ?? '');
    expect(url.origin + url.pathname).toBe('https://storage.googleapis.com/images/root/a%2Bb/data');
    expect(url.searchParams.get('X-Goog-Algorithm')).toBe('GOOG4-RSA-SHA256');
    expect(Number(url.searchParams.get('X-Goog-Expires'))).toBeGreaterThan(1190);
    expect(url.searchParams.get('X-Goog-Credential')).toContain('registry@test.iam.gserviceaccount.com/');
    expect(redirect?.expiresAt?.getTime()).toBeGreaterThan(Date.now());
  }
  const signature = (url = '') => new URL(url).searchParams.get('X-Goog-Signature');
  expect(signature(get?.url)).not.toBe(signature(head?.url));
});

test('without a key IAM signs', async () => {
  const auth = new GoogleAuth();
  const asked: string[] = [];
  auth.getCredentials = () => Promise.resolve({ client_email: 'pod@test' });
  auth.sign = (blob) => {
    asked.push(blob);
    return Promise.resolve(Buffer.from('signed').toString('base64'));
  };
  const redirect = await signerOf(auth)('a', { method: 'GET' });
  expect(redirect?.url).toContain(`X-Goog-Signature=${Buffer.from('signed').toString('hex')}`);
  expect(asked).toHaveLength(1);
});

/** IAM that signs, or refuses, and counts. */
function iam(state = { isRefusing: false }) {
  const auth = new GoogleAuth();
  let asked = 0;
  auth.getCredentials = () => Promise.resolve({ client_email: 'pod@test' });
  auth.sign = () => {
    asked++;
    return state.isRefusing
      ? Promise.reject(new Error('Permission iam.serviceAccounts.signBlob denied'))
      : Promise.resolve(Buffer.from(`signed ${String(asked)}`).toString('base64'));
  };
  return { auth, asked: () => asked };
}

test('a URL is signed once for all who ask for it within five minutes', async () => {
  const clock = { now: Date.now() };
  const { auth, asked } = iam();
  const sign = signerOf(auth, [], clock);
  const both = await Promise.all([sign('a', { method: 'GET' }), sign('a', { method: 'GET' })]);
  clock.now += 299_999;
  const later = await sign('a', { method: 'GET' });
  expect(asked()).toBe(1);
  expect(new Set([...both, later].map((redirect) => redirect?.url)).size).toBe(1);
  expect(later?.expiresAt?.getTime()).toBe(clock.now - 299_999 + 20 * 60_000);
  await sign('b', { method: 'GET' });
  expect(asked()).toBe(2);
  clock.now += 1;
  const next = await sign('a', { method: 'GET' });
  expect(asked()).toBe(3);
  expect(next?.url).not.toBe(later?.url);
});

test('HEAD and then GET of one blob are two signatures, however often', async () => {
  const { auth, asked } = iam();
  const sign = signerOf(auth);
  const [head, get] = [await sign('a', { method: 'HEAD' }), await sign('a', { method: 'GET' })];
  expect(head?.url).not.toBe(get?.url);
  await sign('a', { method: 'HEAD' });
  expect(asked()).toBe(2);
});

test('a client that leaves does not take the URL from the others', async () => {
  const { auth, asked } = iam();
  const sign = signerOf(auth);
  const leaving = sign('a', { method: 'GET', signal: AbortSignal.abort() });
  const staying = sign('a', { method: 'GET' });
  await expect(leaving).rejects.toMatchObject({ name: 'AbortError' });
  expect((await staying)?.url).toContain('X-Goog-Signature');
  expect(asked()).toBe(1);
});

test('after a refusal nobody asks for a minute', async () => {
  const clock = { now: Date.now() };
  const state = { isRefusing: true };
  const { auth, asked } = iam(state);
  const sign = signerOf(auth, [], clock);
  expect(await sign('a', { method: 'GET' })).toBeNull();
  state.isRefusing = false;
  clock.now += 59_999;
  expect(await sign('a', { method: 'GET' })).toBeNull();
  expect(asked()).toBe(1);
  clock.now += 1;
  expect(await sign('a', { method: 'GET' })).not.toBeNull();
});

test('credentials that cannot sign: nothing is redirected, and the log hears of it once', async () => {
  const auth = new GoogleAuth();
  auth.getCredentials = () => Promise.resolve({ client_email: 'pod@test' });
  auth.sign = () => Promise.reject(new Error('Permission iam.serviceAccounts.signBlob denied'));
  const told: string[] = [];
  const sign = signerOf(auth, told);
  expect(await sign('a', { method: 'GET' })).toBeNull();
  expect(await sign('a', { method: 'HEAD' })).toBeNull();
  expect(told).toEqual(['iam.serviceAccounts.signBlob']);
});

test('an IAM that does not answer: nothing is redirected', async () => {
  const auth = new GoogleAuth();
  auth.getCredentials = () => Promise.resolve({ client_email: 'pod@test' });
  auth.sign = () => new Promise(() => undefined);
  const storage = new Storage({ apiEndpoint: 'https://storage.googleapis.com', authClient: auth });
  const told: string[] = [];
  const sign = createUrlSigner(storage.bucket('images'), (reason) => told.push(reason), {
    timeoutMs: 50,
  });
  expect(await sign('a', { method: 'GET' })).toBeNull();
  expect(told).toEqual(['TimeoutError']);
});
