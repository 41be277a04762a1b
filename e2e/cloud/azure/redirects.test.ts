import { expect, onTestFinished, test } from 'vitest';
import { startAzurite } from '../../harness/azurite-server.js';
import { createContent } from '../../harness/content.js';
import { request } from '../../harness/http.js';
import { MIB } from '../../harness/scale.js';
import { testRegistry } from '../../harness/start-registry.js';
import { useTool } from '../../harness/tool.js';
import { expectRedirects, expectRefused } from '../redirects.js';
import { overAzure } from './azure-registry.js';

test('clients are sent to the container with a signature that lets them read this blob and nothing else', async (context) => {
  const server = await startAzurite(useTool(context, 'azurite-blob'));
  onTestFinished(() => server.stop());
  const { host } = new URL(server.url);
  const registry = await testRegistry(overAzure(await server.createStore(), { redirectHosts: [host] }));
  const { location, elsewhere } = await expectRedirects(registry, {
    host,
    content: createContent('one', 12 * MIB),
    other: createContent('other', MIB),
    range: [5, 15],
  });

  await expectRefused(location, [400, 403, 404], {
    'another blob': (url) => (url.pathname = elsewhere.pathname),
    'a longer time': ({ searchParams }) => searchParams.set('se', '2099-01-01T00:00:00Z'),
    'more rights': ({ searchParams }) => searchParams.set('sp', 'rwd'),
    'the whole container': ({ searchParams }) => searchParams.set('sr', 'c'),
    'no signature': ({ searchParams }) => searchParams.delete('sig'),
    'a signature of zeros': ({ searchParams }) => searchParams.set('sig', 'A'.repeat(43) + '='),
  });
  expect((await request(location.href, { method: 'DELETE' })).status).toBe(403);
  const put = { method: 'PUT', body: 'x', headers: { 'x-ms-blob-type': 'BlockBlob' } };
  expect((await request(location.href, put)).status).toBe(403);
});
