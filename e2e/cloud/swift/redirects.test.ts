import { expect, onTestFinished, test } from 'vitest';
import { createContent } from '../../harness/content.js';
import { request } from '../../harness/http.js';
import { MIB } from '../../harness/scale.js';
import { testRegistry } from '../../harness/start-registry.js';
import { startSwift } from '../../harness/swift-server.js';
import { useTool } from '../../harness/tool.js';
import { pushBlob } from '../../harness/upload.js';
import { expectRedirects, expectRefused } from '../redirects.js';
import { overSwift } from './swift-registry.js';

const NAME = 'redirected/blobs';

test('clients are sent to Swift with a URL that is good for this object and this method alone', async (context) => {
  const server = await startSwift(useTool(context, 'swift-server'));
  onTestFinished(() => server.stop());
  const { host } = new URL(server.url);
  const registry = await testRegistry(overSwift(await server.createStore(), { redirectHosts: [host] }));
  const { location, forHead, elsewhere } = await expectRedirects(registry, {
    host,
    content: createContent('one', 3 * MIB),
    other: createContent('other', 1000),
    // Of two segments.
    range: [1_048_570, 1_048_590],
  });

  await expectRefused(location, [401], {
    'another object': (url) => (url.pathname = elsewhere.pathname),
    'a longer time': ({ searchParams }) => searchParams.set('temp_url_expires', '4102444800'),
    'no signature': ({ searchParams }) => searchParams.delete('temp_url_sig'),
    'a signature of zeros': ({ searchParams }) => searchParams.set('temp_url_sig', '0'.repeat(64)),
  });
  expect((await request(location.href, { method: 'DELETE' })).status).toBe(401);
  expect((await request(forHead.href)).status).toBe(401);
});

test('a method that is not allowed is served by the registry itself', async (context) => {
  const server = await startSwift(useTool(context, 'swift-server'));
  onTestFinished(() => server.stop());
  const redirectHosts = [new URL(server.url).host];
  const parameters = { tempurlmethods: ['PUT'] };
  const registry = await testRegistry(overSwift(await server.createStore(), { redirectHosts, parameters }));
  const content = createContent('mine', 1000);
  await pushBlob(registry.url, NAME, content);
  const answer = await request(`${registry.url}/v2/${NAME}/blobs/${content.digest}`);
  expect(answer).toMatchObject({ status: 200, body: Buffer.concat([...content.pieces(0, 1000)]) });
});
