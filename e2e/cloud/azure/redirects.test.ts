import { expect, onTestFinished, test } from 'vitest';
import { startAzurite } from '../../harness/azurite-server.js';
import { createContent } from '../../harness/content.js';
import { request } from '../../harness/http.js';
import { pull } from '../../harness/pull.js';
import { MIB } from '../../harness/scale.js';
import { testRegistry } from '../../harness/start-registry.js';
import { useTool } from '../../harness/tool.js';
import { pushBlob } from '../../harness/upload.js';
import { overAzure } from './azure-registry.js';

const NAME = 'redirected/blobs';

test('clients are sent to the container with a signature that lets them read this blob and nothing else', async (context) => {
  const server = await startAzurite(useTool(context, 'azurite-blob'));
  onTestFinished(() => server.stop());
  const { host } = new URL(server.url);
  const registry = await testRegistry(overAzure(await server.createStore(), { redirectHosts: [host] }));
  const [content, other] = [createContent('one', 12 * MIB), createContent('other', MIB)];
  for (const each of [content, other]) await pushBlob(registry.url, NAME, each);
  const blob = (digest: string) => `${registry.url}/v2/${NAME}/blobs/${digest}`;

  const location = await locationOf(blob(content.digest), 'GET');
  expect(location.host).toBe(host);
  const { digest, size: bytes } = content;
  expect(await pull(blob(digest)).result).toEqual({ status: 200, contentLength: bytes, bytes, digest });
  const range = await request(location.href, { headers: { range: 'bytes=5-14' } });
  expect(range).toMatchObject({ status: 206, body: Buffer.concat([...content.pieces(5, 15)]) });

  const forHead = await locationOf(blob(digest), 'HEAD');
  const head = await request(forHead.href, { method: 'HEAD' });
  expect(head).toMatchObject({ status: 200, headers: { 'content-length': String(bytes) } });

  for (const [what, url] of tampered(location, await locationOf(blob(other.digest), 'GET')))
    expect([400, 403, 404], what).toContain((await request(url.href)).status);
  expect((await request(location.href, { method: 'DELETE' })).status).toBe(403);
  const put = { method: 'PUT', body: 'x', headers: { 'x-ms-blob-type': 'BlockBlob' } };
  expect((await request(location.href, put)).status).toBe(403);
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
    ['another blob', change((url) => (url.pathname = other.pathname))],
    ['a longer time', change(({ searchParams }) => searchParams.set('se', '2099-01-01T00:00:00Z'))],
    ['more rights', change(({ searchParams }) => searchParams.set('sp', 'rwd'))],
    ['the whole container', change(({ searchParams }) => searchParams.set('sr', 'c'))],
    ['no signature', change(({ searchParams }) => searchParams.delete('sig'))],
    ['a signature of zeros', change(({ searchParams }) => searchParams.set('sig', 'A'.repeat(43) + '='))],
  ];
}
