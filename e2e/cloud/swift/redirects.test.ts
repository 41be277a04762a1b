import { expect, onTestFinished, test } from 'vitest';
import { createContent } from '../../harness/content.js';
import { request } from '../../harness/http.js';
import { pull } from '../../harness/pull.js';
import { MIB } from '../../harness/scale.js';
import { testRegistry } from '../../harness/start-registry.js';
import { startSwift } from '../../harness/swift-server.js';
import { useTool } from '../../harness/tool.js';
import { pushBlob } from '../../harness/upload.js';
import { overSwift } from './swift-registry.js';

const NAME = 'redirected/blobs';

test('clients are sent to Swift with a URL that is good for this object and this method alone', async (context) => {
  const server = await startSwift(useTool(context, 'swift-server'));
  onTestFinished(() => server.stop());
  const { host } = new URL(server.url);
  const registry = await testRegistry(overSwift(await server.createStore(), { redirectHosts: [host] }));
  const [content, other] = [createContent('one', 3 * MIB), createContent('other', 1000)];
  for (const each of [content, other]) await pushBlob(registry.url, NAME, each);
  const blob = (digest: string) => `${registry.url}/v2/${NAME}/blobs/${digest}`;

  const location = await locationOf(blob(content.digest), 'GET');
  expect(location.host).toBe(host);
  const { digest, size: bytes } = content;
  expect(await pull(blob(digest)).result).toEqual({ status: 200, contentLength: bytes, bytes, digest });
  const range = await request(location.href, { headers: { range: 'bytes=1048570-1048589' } });
  expect(range).toMatchObject({
    status: 206,
    body: Buffer.concat([...content.pieces(1_048_570, 1_048_590)]),
  });

  const forHead = await locationOf(blob(digest), 'HEAD');
  const head = await request(forHead.href, { method: 'HEAD' });
  expect(head).toMatchObject({ status: 200, headers: { 'content-length': String(bytes) } });

  const elsewhere = await locationOf(blob(other.digest), 'GET');
  for (const [what, url] of tampered(location, elsewhere))
    expect((await request(url.href)).status, what).toBe(401);
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

async function locationOf(url: string, method: string): Promise<URL> {
  const { status, headers } = await request(url, { method });
  expect(status).toBe(307);
  return new URL(String(headers.location));
}

function tampered(location: URL, other: URL): [string, URL][] {
  const change = (edit: (url: URL) => void) => {
    const url = new URL(location);
    edit(url);
    return url;
  };
  return [
    ['another object', change((url) => (url.pathname = other.pathname))],
    ['a longer time', change(({ searchParams }) => searchParams.set('temp_url_expires', '4102444800'))],
    ['no signature', change(({ searchParams }) => searchParams.delete('temp_url_sig'))],
    ['a signature of zeros', change(({ searchParams }) => searchParams.set('temp_url_sig', '0'.repeat(64)))],
  ];
}
