import { azure } from '@outrigger/plugin-azure';
import { expect, onTestFinished, test } from 'vitest';
import type { TestContext } from 'vitest';
import { AZURE_KEY, startAzurite } from '../../harness/azurite-server.js';
import type { AzuriteServer } from '../../harness/azurite-server.js';
import { createContent } from '../../harness/content.js';
import { request } from '../../harness/http.js';
import { testRegistry } from '../../harness/start-registry.js';
import { useTool } from '../../harness/tool.js';
import { until } from '../../harness/until.js';
import { pushBlob } from '../../harness/upload.js';
import { Push } from '../push.js';
import { expectRefusedParameters, expectRefusedStart } from '../refused-start.js';
import { overAzure } from './azure-registry.js';

const WRONG_KEY = Buffer.from('a key of another account').toString('base64');

async function startServer(context: TestContext): Promise<AzuriteServer> {
  const server = await startAzurite(useTool(context, 'azurite-blob'));
  onTestFinished(() => server.stop());
  return server;
}

test('a wrong parameter is refused in one line that names it, and ends the start of a registry', async (context) => {
  const container = await (await startServer(context)).createStore();
  for (const [wrong, words] of [
    [{ accountkey: WRONG_KEY }, 'accountkey: the account refuses the credentials'],
    [{ container: 'no-such-container' }, 'container: the container does not exist in the account'],
    [{ accountkey: 'not base64!' }, 'accountkey: must be base64'],
    [{ credentials: { type: 'default' } }, 'credentials.type: must be client_secret, shared_key or '],
    [{ acountname: 'x' }, 'acountname: unknown parameter'],
  ] as const) {
    const line = `storage driver azure: ${words}`;
    expectNoSecret(await expectRefusedParameters(azure, { ...container.parameters(), ...wrong }, line));
  }
  const options = overAzure(container, { parameters: { accountkey: WRONG_KEY } });
  const [words, driver] = ['accountkey: the account refuses the credentials', 'storage driver azure: '];
  expectNoSecret(await expectRefusedStart(options, words, driver));
});

function expectNoSecret(output: string): void {
  expect(output).not.toContain(AZURE_KEY);
  expect(output).not.toContain(WRONG_KEY);
  expect(output).not.toMatch(/[?&]sig=|SharedKey |string to sign/i);
}

test('a container that goes away: 503, and the cause in the log', async (context) => {
  const container = await (await startServer(context)).createStore();
  const registry = await testRegistry(overAzure(container));
  await pushBlob(registry.url, 'a/b', createContent('before', 1000));
  await container.client.delete();
  await expect(pushBlob(registry.url, 'a/b', createContent('after', 1000))).rejects.toThrow('status 503');
  await until('the cause', () => registry.logs().includes('the container does not exist in the account'));
  expectNoSecret(registry.logs());
});

test('a service that is not there yet: the registry starts, answers 503, and works when it comes', async (context) => {
  const server = await startServer(context);
  const container = await server.createStore();
  await server.kill();
  const registry = await testRegistry(overAzure(container));
  const answer = await request(`${registry.url}/v2/a/b/tags/list`);
  expect(answer.status).toBe(503);
  await server.start();
  // It did not keep it.
  await container.client.createIfNotExists();
  // As clients do: a request that began while nobody was there may still be answered 503.
  await new Push(() => registry.url, 'a/b', createContent('late', 1000), false).end();
});
