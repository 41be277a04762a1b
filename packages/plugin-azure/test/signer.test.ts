import type { BlobServiceClient } from '@azure/storage-blob';
import { expect, it, vi } from 'vitest';
import { parseParameters } from '../src/config.js';
import { delegationSigner } from '../src/signer.js';

const HOUR = 3_600_000;
const config = parseParameters({
  accountname: 'acc1',
  container: 'con',
  credentials: { type: 'default_credentials' },
});

function signerAt(clock: { now: number }) {
  const getUserDelegationKey = vi.fn((startsOn: Date, expiresOn: Date) =>
    Promise.resolve({
      signedObjectId: 'object',
      signedTenantId: 'tenant',
      signedStartsOn: startsOn,
      signedExpiresOn: expiresOn,
      signedService: 'b',
      signedVersion: '2020-02-10',
      value: Buffer.from('key').toString('base64'),
    }),
  );
  const service = { getUserDelegationKey } as unknown as BlobServiceClient;
  return { getUserDelegationKey, signer: delegationSigner(config, service, () => clock.now) };
}

it('asks for one key for two days, also when many sign at once, and for the next before its end', async () => {
  const clock = { now: Date.now() };
  const { signer, getUserDelegationKey } = signerAt(clock);
  const sign = () => signer.sign('a/b', new Date(clock.now + HOUR));
  const [query] = await Promise.all([sign(), sign(), sign()]);
  expect(Object.fromEntries(new URLSearchParams(query))).toMatchObject({
    sp: 'r',
    sr: 'b',
    spr: 'https',
    skoid: 'object',
    sktid: 'tenant',
  });
  clock.now += 47 * HOUR;
  await sign();
  expect(getUserDelegationKey).toHaveBeenCalledTimes(1);
  clock.now += HOUR - 29 * 60_000;
  await sign();
  expect(getUserDelegationKey).toHaveBeenCalledTimes(2);
});

it('asks again after a key that it did not get', async () => {
  const { signer, getUserDelegationKey } = signerAt({ now: Date.now() });
  getUserDelegationKey.mockRejectedValueOnce(new Error('no role'));
  await expect(signer.sign('a', new Date())).rejects.toThrow('no role');
  await expect(signer.sign('a', new Date(Date.now() + HOUR))).resolves.toContain('sig=');
});
