import { GoogleAuth } from 'google-auth-library';
import { Storage } from '@google-cloud/storage';
import { expect, test } from 'vitest';
import { createUrlSigner } from '../src/redirect.js';
import { serviceAccount } from './service-account.js';

function signerOf(auth: GoogleAuth, told: string[] = []) {
  const storage = new Storage({ apiEndpoint: 'https://storage.googleapis.com', authClient: auth });
  return createUrlSigner(storage.bucket('images'), (reason) => told.push(reason));
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
  const sign = createUrlSigner(storage.bucket('images'), (reason) => told.push(reason), 50);
  expect(await sign('a', { method: 'GET' })).toBeNull();
  expect(told).toEqual(['TimeoutError']);
});
