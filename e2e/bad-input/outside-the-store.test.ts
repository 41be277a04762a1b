import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listEntries } from '../harness/list-entries.js';
import type { RunningRegistry } from '../harness/start-registry.js';
import { testRegistry } from '../harness/start-registry.js';
import { listStore } from '../harness/store-check.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';

const CANARY = 'the bird sings';
const DIGEST = `sha256:${'0'.repeat(64)}`;

/** Sends bytes as they are: a client of HTTP would clean them. */
function send({ port }: RunningRegistry, head: string, body = ''): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => {
      const length = `Content-Length: ${Buffer.byteLength(body)}`;
      socket.write(`${head} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${length}\r\n\r\n${body}`);
    });
    socket.setEncoding('latin1').on('data', (chunk: string) => (answer += chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      resolve(answer);
    });
  });
}

test('no path that a client makes up reads or writes a file outside the store (B01)', async () => {
  const parent = await temporaryDirectory();
  const store = join(parent, 'store');
  await mkdir(store);
  await writeFile(join(parent, 'canary'), CANARY);
  await writeFile(join(parent, 'data'), CANARY);
  await mkdir(join(parent, 'blobs'));
  await writeFile(join(parent, 'blobs', 'link'), CANARY);
  const registry = await testRegistry({ store });

  const ups = [
    '..',
    '%2e%2e',
    '.%2e',
    '..%2f..',
    '..%5c..',
    '%252e%252e',
    '..;',
    '\\..',
    '%c0%ae%c0%ae',
    '....//',
  ];
  for (const up of ups) {
    const far = Array.from({ length: 12 }, () => up).join('/');
    for (const target of [
      `/v2/${far}/canary`,
      `/v2/${far}/manifests/canary`,
      `/v2/a/manifests/${far}/canary`,
      `/v2/a/manifests/${far.replaceAll('/', '%2F')}%2Fcanary`,
      `/v2/a/blobs/sha256:${far}/canary`,
      `/v2/a/blobs/sha256:${far.replaceAll('/', '%2F')}%2Fcanary`,
      `/v2/a/blobs/uploads/${far}/canary`,
      `/v2/a/blobs/uploads/${far.replaceAll('/', '%2F')}?digest=${DIGEST}`,
      `/v2/${far}/blobs/uploads/`,
      `/v2/a/blobs/uploads/?mount=${DIGEST}&from=${far}`,
      `/v2/a/referrers/sha256:${far}`,
      `/v2/a/tags/list?last=${far}/canary`,
      `/v2/_catalog?last=${far}/canary`,
    ]) {
      for (const method of ['GET', 'PUT', 'POST', 'PATCH', 'DELETE']) {
        const answer = await send(registry, `${method} ${target}`, 'no bird');
        expect(answer, `${method} ${target}`).toMatch(/^HTTP\/1\.1 [234]\d\d /);
        expect(answer, `${method} ${target}`).not.toContain(CANARY);
      }
    }
  }

  expect((await listEntries(parent)).filter((path) => !path.startsWith('store')).sort()).toEqual([
    'blobs/',
    'blobs/link',
    'canary',
    'data',
  ]);
  for (const file of ['canary', 'data', 'blobs/link'])
    expect(await readFile(join(parent, file), 'utf8')).toBe(CANARY);
  const { blob, link, upload } = await listStore(store);
  expect([...blob, ...link, ...upload]).toEqual([]);
});
