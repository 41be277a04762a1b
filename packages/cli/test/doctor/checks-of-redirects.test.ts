import { inmemory } from '@outrigger/plugin-memory';
import { expect, it } from 'vitest';
import { checksOfRedirects } from '../../src/doctor/checks-of-redirects.js';
import type { Subject } from '../../src/doctor/subject.js';

/** A driver of this name that could sign, and signs nothing. */
async function examine(name: string) {
  const driver = await inmemory.create({});
  const store = {
    ...driver,
    name,
    capabilities: { ...driver.capabilities, redirectURL: true },
    redirectURL: () => Promise.resolve(null),
  };
  const subject = { store, redirects: true, at: (path: string) => `/${path}` };
  const check = checksOfRedirects(subject as unknown as Subject).find(({ id }) => id === 'redirect-get');
  return check?.run(new AbortController().signal);
}

it.each([
  ['azure', 'Storage Blob Delegator'],
  ['gcs', 'iam.serviceAccounts.signBlob'],
])('%s that signs nothing lacks a right, which is named', async (name, right) => {
  expect(await examine(name)).toMatchObject({
    status: 'warning',
    detail: expect.stringContaining(right) as string,
  });
});

it('of others it may be the configuration', async () => {
  expect(await examine('swift')).toMatchObject({ status: 'not tried' });
});
