import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Session } from '../src/auth/session.js';
import { createTempUrlSigner } from '../src/temp-url.js';

const grant = {
  token: 't',
  storageUrl: 'https://s.example.com/v1/AUTH_a',
  expiresAt: undefined,
  projectId: 'p',
};
const session: Session = { grant: () => Promise.resolve(grant), renew: () => Promise.resolve(grant) };
const now = () => 1_000_000;
const END = 1000 + 1200;

const signer = (methods: readonly string[], accessKey?: string) =>
  createTempUrlSigner({ session, key: 'k', methods, digest: 'sha256', accessKey, now });

const signature = (method: string) =>
  createHmac('sha256', 'k')
    .update(`${method}\n${String(END)}\n/v1/AUTH_a/c/files/a b`)
    .digest('hex');

it('a URL is signed for one method and 20 minutes, over the path before its escaping', async () => {
  const sign = signer(['GET', 'HEAD', 'PUT']);
  for (const method of ['GET', 'HEAD']) {
    expect(await sign('/c/files/a%20b', method, undefined)).toEqual({
      url: `https://s.example.com/v1/AUTH_a/c/files/a%20b?temp_url_sig=${signature(method)}&temp_url_expires=${String(END)}`,
      expiresAt: new Date(END * 1000),
    });
  }
});

it('a HEAD that may not be signed goes with a signature for GET', async () => {
  const signed = await signer(['GET'])('/c/files/a%20b', 'HEAD', undefined);
  expect(signed?.url).toContain(signature('GET'));
});

it('a method that is not allowed has no URL', async () => {
  expect(await signer(['PUT'])('/c/o', 'GET', undefined)).toBeNull();
  expect(await signer(['HEAD'])('/c/o', 'GET', undefined)).toBeNull();
});

it("HP Cloud's signatures have the project and the access key", async () => {
  const signed = await signer(['GET'], 'key')('/c/files/a%20b', 'GET', undefined);
  expect(new URL(signed?.url ?? '').searchParams.get('temp_url_sig')).toBe(`p:key:${signature('GET')}`);
});
