import { appendFile, open, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Content } from '../harness/content.js';
import { createContent } from '../harness/content.js';
import { request } from '../harness/http.js';
import { pull } from '../harness/pull.js';
import { MIB, scaled, seconds } from '../harness/scale.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { useTool } from '../harness/tool.js';
import { startToxiproxy } from '../harness/toxiproxy-server.js';
import { pushBlob } from '../harness/upload.js';
import { startVersitygw } from '../harness/versitygw-server.js';
import { overS3 } from '../cloud/s3/s3-registry.js';
import type { WithMiddleware } from './registry-with-middleware.js';
import { registryWith } from './registry-with-middleware.js';

const SIZE = scaled(24 * MIB, 512 * MIB);

const urlOf = ({ url }: { readonly url: string }, { digest }: Content) => `${url}/v2/a/blobs/${digest}`;

async function expectPulled(registry: WithMiddleware, content: Content): Promise<void> {
  const { status, bytes, digest } = await pull(urlOf(registry, content)).result;
  expect({ status, bytes, digest }).toEqual({ status: 200, bytes: content.size, digest: content.digest });
}

function fileOf(directory: string, { digest }: Content): string {
  const hex = digest.slice('sha256:'.length);
  return join(directory, 'sha256', hex.slice(0, 2), hex);
}

test(
  'a cache in front of a bucket far away: whatever becomes of its directory, a pull is whole and right',
  { timeout: seconds(240, 1200) },
  async (context) => {
    const server = await startVersitygw(useTool(context, 'versitygw'));
    onTestFinished(() => server.stop());
    const far = await startToxiproxy(useTool(context, 'toxiproxy-server'), server.url);
    onTestFinished(() => far.stop());
    const bucket = await server.createStore();
    const directory = join(await temporaryDirectory(), 'cache');
    const cache = { name: 'cache', options: { directory, size: '4GiB' } };
    const registry = await registryWith([cache], overS3(bucket, { url: far.url }));
    const content = createContent('cached', SIZE);
    await pushBlob(registry.url, 'a', content);
    await far.poison({ type: 'latency', attributes: { latency: 50 } });

    await expectPulled(registry, content);
    await expect.poll(() => registry.count('cache_fills_total')).toBe(1);
    await expectPulled(registry, content);
    expect(await registry.count('cache_misses_total')).toBe(1);
    expect(await registry.count('cache_hit_bytes_total')).toBe(SIZE);
    const range = await request(urlOf(registry, content), { headers: { range: 'bytes=1000000-1000009' } });
    expect(range.body.equals(Buffer.concat([...content.pieces(1_000_000, 1_000_010)]))).toBe(true);

    const file = fileOf(directory, content);
    const spoil: Readonly<Record<string, () => Promise<void>>> = {
      'a flipped bit': () => flip(file, SIZE - 100_000),
      'a cut': () => truncate(file, SIZE - 1_000_000),
      'more at the end': () => appendFile(file, 'more'),
      'a file that is gone': () => rm(file),
      'a directory that is gone': () => rm(directory, { recursive: true }),
      'a file in its place': async () => {
        await rm(directory, { recursive: true });
        await writeFile(directory, '');
      },
    };
    for (const [what, act] of Object.entries(spoil)) {
      const before = pull(urlOf(registry, content), { pauseAt: MIB });
      await before.paused;
      await act();
      before.resume();
      expect((await before.result).digest, `in the middle of a pull: ${what}`).toBe(content.digest);
      expect((await pull(urlOf(registry, content)).result).digest, `after it: ${what}`).toBe(content.digest);
      if (what === 'a file in its place') continue;
      await expect
        .poll(() =>
          readdir(join(directory, 'sha256')).then(
            (names) => names.length,
            () => 0,
          ),
        )
        .toBe(1);
      await expect.poll(() => isWhole(file)).toBe(true);
    }
  },
);

/** The content and what comes behind it. */
async function isWhole(file: string): Promise<boolean> {
  const handle = await open(file).catch(() => undefined);
  const size = (await handle?.stat())?.size ?? 0;
  await handle?.close();
  return size > SIZE && size < SIZE + MIB;
}

async function flip(file: string, position: number): Promise<void> {
  const handle = await open(file, 'r+');
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, position);
  byte[0] = (byte[0] ?? 0) ^ 1;
  await handle.write(byte, 0, 1, position);
  await handle.close();
}
