import { expect, onTestFinished, test } from 'vitest';
import { createContent } from '../../harness/content.js';
import { request } from '../../harness/http.js';
import { pull } from '../../harness/pull.js';
import { MIB } from '../../harness/scale.js';
import { testRegistry } from '../../harness/start-registry.js';
import { useTool } from '../../harness/tool.js';
import { pushBlob } from '../../harness/upload.js';
import { startVersitygw } from '../../harness/versitygw-server.js';
import { overS3 } from './s3-registry.js';

const NAME = 'redirected/blobs';

test('clients are sent to the bucket with a URL that is good for this object and this method alone', async (context) => {
  const server = await startVersitygw(useTool(context, 'versitygw'));
  onTestFinished(() => server.stop());
  const { host } = new URL(server.url);
  const registry = await testRegistry(overS3(await server.createStore(), { redirectHosts: [host] }));
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
    expect([400, 403], what).toContain((await request(url.href)).status);
  expect((await request(location.href, { method: 'DELETE' })).status).toBe(403);
  expect((await request(forHead.href)).status).toBe(403);
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
    ['a longer time', change(({ searchParams }) => searchParams.set('X-Amz-Expires', '604800'))],
    ['another day', change(({ searchParams }) => searchParams.set('X-Amz-Date', '20260101T000000Z'))],
    ['another key', change(({ searchParams }) => searchParams.set('X-Amz-Credential', 'someone'))],
    ['no signature', change(({ searchParams }) => searchParams.delete('X-Amz-Signature'))],
    [
      'a signature of zeros',
      change(({ searchParams }) => searchParams.set('X-Amz-Signature', '0'.repeat(64))),
    ],
  ];
}
