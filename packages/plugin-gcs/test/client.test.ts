import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createClient } from '../src/client.js';
import { parseParameters } from '../src/config.js';
import { readCredentials } from '../src/credentials.js';
import { fakeStore, sendJson } from './fake-store.js';

/** Nobody listens there. */
const CLOSED = 'https://127.0.0.1:9';
const list = { method: 'GET', path: '/storage/v1/b/images/o' } as const;

/** Workload identity federation: a token of a file is exchanged for one of the store, at a server of the test. */
async function federated(status: number, answer: unknown) {
  const directory = await mkdtemp(join(tmpdir(), 'outrigger-gcs-'));
  const asked: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      asked.push(new URLSearchParams(body));
      sendJson(response, status, answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(directory, { recursive: true });
  });
  await writeFile(join(directory, 'token'), 'a token of the pod');
  const { port } = server.address() as AddressInfo;
  const credentials = {
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `http://127.0.0.1:${String(port)}/token`,
    credential_source: { file: join(directory, 'token') },
  };
  return { asked, credentials };
}

async function clientWith(parameters: Record<string, unknown>) {
  const config = parseParameters({ bucket: 'images', ...parameters });
  const client = createClient(config, await readCredentials(config));
  onTestFinished(client.close);
  return client;
}

test('a token is had before a request goes to the store', async () => {
  const { asked, credentials } = await federated(200, {
    access_token: 't0ken',
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    token_type: 'Bearer',
    expires_in: 3600,
  });
  const client = await clientWith({ endpoint: CLOSED, credentials });
  for (let turn = 0; turn < 2; turn++)
    await expect(client.send(list)).rejects.toMatchObject({ reason: 'ECONNREFUSED', isCredentials: false });
  expect(asked).toHaveLength(1);
  expect(asked[0]?.get('subject_token')).toBe('a token of the pod');
  expect(asked[0]?.get('scope')).toContain('devstorage.read_write');
});

test('a token that is refused is told by its code', async () => {
  const { credentials } = await federated(400, { error: 'invalid_grant', error_description: 's3cret' });
  const client = await clientWith({ endpoint: CLOSED, credentials });
  const error: unknown = await client.send(list).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    message: 'no access token (invalid_grant)',
    isCredentials: true,
    isTransient: false,
  });
});

test('over plain HTTP no token is asked for, and none is sent', async () => {
  const { url, seen } = await fakeStore((_, response) => {
    sendJson(response, 200, {});
  });
  const { asked, credentials } = await federated(200, {});
  const client = await clientWith({ endpoint: url, credentials, useragent: 'mine/1' });
  const { body } = await client.send(list);
  expect(await text(body)).toBe('{}');
  expect(asked).toHaveLength(0);
  expect(seen[0]?.headers).not.toHaveProperty('authorization');
  expect(seen[0]?.headers['user-agent']).toBe('mine/1');
});

test('STORAGE_EMULATOR_HOST has no say', async () => {
  vi.stubEnv('STORAGE_EMULATOR_HOST', 'http://127.0.0.1:1');
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const { url, seen } = await fakeStore((_, response) => {
    sendJson(response, 200, {});
  });
  const client = await clientWith({ endpoint: url });
  const { body } = await client.send(list);
  body.resume();
  expect(seen).toHaveLength(1);
  expect(client.bucket.storage.apiEndpoint).toBe(url);
});
