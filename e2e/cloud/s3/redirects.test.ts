import { expect, onTestFinished, test } from 'vitest';
import { createContent } from '../../harness/content.js';
import { request } from '../../harness/http.js';
import { MIB } from '../../harness/scale.js';
import { testRegistry } from '../../harness/start-registry.js';
import { useTool } from '../../harness/tool.js';
import { startVersitygw } from '../../harness/versitygw-server.js';
import { expectRedirects, expectRefused } from '../redirects.js';
import { overS3 } from './s3-registry.js';

test('clients are sent to the bucket with a URL that is good for this object and this method alone', async (context) => {
  const server = await startVersitygw(useTool(context, 'versitygw'));
  onTestFinished(() => server.stop());
  const { host } = new URL(server.url);
  const registry = await testRegistry(overS3(await server.createStore(), { redirectHosts: [host] }));
  const { location, forHead, elsewhere } = await expectRedirects(registry, {
    host,
    content: createContent('one', 12 * MIB),
    other: createContent('other', MIB),
    range: [5, 15],
  });

  await expectRefused(location, [400, 403], {
    'another object': (url) => (url.pathname = elsewhere.pathname),
    'a longer time': ({ searchParams }) => searchParams.set('X-Amz-Expires', '604800'),
    'another day': ({ searchParams }) => searchParams.set('X-Amz-Date', '20260101T000000Z'),
    'another key': ({ searchParams }) => searchParams.set('X-Amz-Credential', 'someone'),
    'no signature': ({ searchParams }) => searchParams.delete('X-Amz-Signature'),
    'a signature of zeros': ({ searchParams }) => searchParams.set('X-Amz-Signature', '0'.repeat(64)),
  });
  expect((await request(location.href, { method: 'DELETE' })).status).toBe(403);
  expect((await request(forHead.href)).status).toBe(403);
});
