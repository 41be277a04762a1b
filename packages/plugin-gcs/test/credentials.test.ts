import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseParameters } from '../src/config.js';
import { readCredentials } from '../src/credentials.js';
import { serviceAccount } from './service-account.js';

const bucket = 'images';
const account = serviceAccount();

async function fileWith(content: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'outrigger-gcs-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  await writeFile(join(directory, 'key.json'), content);
  return join(directory, 'key.json');
}

test('the key file wins over the credentials, and both over the default ones', async () => {
  const keyfile = await fileWith(JSON.stringify(account));
  const { parameter, json } = await readCredentials(parseParameters({ bucket, keyfile, credentials: {} }));
  expect(parameter).toBe('keyfile');
  expect(json).toEqual(account);
  const given = await readCredentials(parseParameters({ bucket, credentials: account }));
  expect(given).toEqual({ parameter: 'credentials', json: account });
  expect(await readCredentials(parseParameters({ bucket }))).toEqual({ parameter: '', json: undefined });
});

test('credentials without a type are those of a service account, as in examples of Distribution', async () => {
  const { type: _type, ...rest } = account;
  const { json } = await readCredentials(parseParameters({ bucket, credentials: rest }));
  expect(json?.type).toBe('service_account');
});

test.each([
  ['a file that is not there', { keyfile: '/no/s3cret' }, 'keyfile: cannot be read (ENOENT)'],
  ['an unknown type', { credentials: { type: 's3cret' } }, 'credentials: has an unknown type'],
  ['no key', { credentials: { client_email: 's3cret' } }, 'credentials: lacks private_key'],
  [
    'a key that is none',
    { credentials: { ...account, private_key: 's3cret' } },
    'credentials: has a private_key that',
  ],
  [
    'a key that is a number',
    { credentials: { ...account, private_key: 5 } },
    'credentials: has a private_key that',
  ],
])('%s: one line that names the parameter and no value', async (_what, parameters, words) => {
  const reading = readCredentials(parseParameters({ bucket, ...parameters }));
  const error: unknown = await reading.catch((thrown: unknown) => thrown);
  expect(String(error)).toContain(words);
  expect(String(error)).not.toContain('s3cret');
  expect(String(error)).not.toContain('\n');
});

test('a key file that is no JSON, or no map', async () => {
  for (const content of ['-----BEGIN s3cret', '["s3cret"]']) {
    const keyfile = await fileWith(content);
    const error: unknown = await readCredentials(parseParameters({ bucket, keyfile })).catch(
      (thrown: unknown) => thrown,
    );
    expect(String(error)).toMatch(/keyfile: is no (JSON|map)/);
    expect(String(error)).not.toContain('s3cret');
  }
});
