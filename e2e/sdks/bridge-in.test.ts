import { existsSync } from 'node:fs';
import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { afterAll, describe, expect, test } from 'vitest';
import { skopeo } from '../cloud/clients.js';
import { type Peer, startPeer } from '../distribution/peer.js';
import { createContent } from '../harness/content.js';
import { driverDirectory } from '../harness/driver-directory.js';
import { request } from '../harness/http.js';
import { driversOf } from '../harness/processes.js';
import { pull } from '../harness/pull.js';
import { KIB, MIB, seconds } from '../harness/scale.js';
import { SECRET } from '../harness/start-registry.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { findTool, skipMissing } from '../harness/tool.js';
import { until } from '../harness/until.js';
import { beginUpload, pushBlob, sendChunk } from '../harness/upload.js';
import type { Language } from './example-driver.js';
import { buildExample } from './example-driver.js';

const NAME = 'bridge/in';
/** More than all buffers between a driver and a client that does not read. */
const big = createContent('bridge in', 64 * MIB);
const whole = { status: 200, contentLength: big.size, bytes: big.size, digest: big.digest };

const tool = findTool('registry-with-outrigger');
for (const language of ['go', 'python'] as const) await serveByExample(language);

async function serveByExample(language: Language): Promise<void> {
  const title = `distribution 3 on our driver in ${language}`;
  const driver = await buildExample(language);
  if ('missing' in driver) skipMissing(title, driver);
  else if (typeof tool !== 'string') skipMissing(title, tool);
  else {
    afterAll(driver.remove);
    describe(title, serveBy(driver.executable));
  }
}

function serveBy(executable: string): () => void {
  return () => {
    test(
      'skopeo pushes and pulls',
      async (context) => {
        const { peer } = await start(context, executable);
        await skopeo(context, peer);
      },
      seconds(120),
    );

    test(
      'kill -9 of the driver in the middle of a pull: the client gets every byte',
      async (context) => {
        const { peer } = await start(context, executable);
        const { running, driver } = await pausedPull(peer);
        process.kill(driver, 'SIGKILL');
        running.resume();
        expect(await running.result).toEqual(whole);
        await driverPid(peer, driver);
      },
      seconds(120),
    );

    test(
      'one that does not start again: the pull breaks off, calls are refused, and are served once it starts',
      async (context) => {
        const { peer, broken } = await start(context, executable);
        const { running, driver } = await pausedPull(peer);
        await writeFile(broken, '');
        process.kill(driver, 'SIGKILL');
        running.resume();
        await expect(running.result).rejects.toThrow(/aborted|reset|hang up/);
        expect((await request(blobUrl(peer))).status).toBeGreaterThanOrEqual(500);
        await rm(broken);
        // The bridge waits for longer and longer between two tries.
        await until(
          'a driver',
          async () => (await request(blobUrl(peer), { method: 'HEAD' })).status === 200,
        );
        expect(await pull(blobUrl(peer)).result).toEqual(whole);
      },
      seconds(120),
    );

    test(
      'kill -9 of the driver in the middle of a push: an error, and the next call is served',
      async (context) => {
        const { peer, store } = await start(context, executable);
        const upload = await beginUpload(peer.url, NAME);
        // So little that the registry takes all of it, and nothing can get into the way of its answer.
        const answer = await sendChunk(upload, big, {
          to: MIB + 64 * KIB,
          pauseAfter: MIB,
          onPause: async () => {
            await until('what was sent so far', () => hasUploaded(store, MIB));
            await killToTheEnd(await driverPid(peer));
          },
        });
        expect(answer.status).toBeGreaterThanOrEqual(500);
        await pushBlob(peer.url, NAME, big);
        expect(await pull(blobUrl(peer)).result).toEqual(whole);
      },
      seconds(120),
    );
  };
}

interface Started {
  readonly peer: Peer;
  readonly store: string;
  /** The driver ends at every start while this file is there. */
  readonly broken: string;
}

async function start(context: TestContext, executable: string): Promise<Started> {
  const parent = await temporaryDirectory();
  const broken = join(parent, 'broken');
  const script = `if [ -e '${broken}' ]; then exit 3; fi; exec '${executable}' "$@"`;
  const driverdirectory = await driverDirectory(parent, 'go-fs', script);
  const store = join(parent, 'store');
  const storage = { outrigger: { driver: 'go-fs', driverdirectory, rootdirectory: store } };
  const peer = await startPeer(context, 'registry-with-outrigger', store, SECRET, { storage });
  return { peer, store, broken };
}

async function pausedPull(peer: Peer) {
  await pushBlob(peer.url, NAME, big);
  const running = pull(blobUrl(peer), { pauseAt: MIB });
  await running.paused;
  return { running, driver: await driverPid(peer) };
}

/** Until its sockets are closed: what a dying driver still takes is missed by Distribution only when the upload goes on. */
async function killToTheEnd(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await until('the end of the driver', () => !existsSync(`/proc/${pid}`));
}

/** Whether so many bytes of an upload have reached the store. */
async function hasUploaded(store: string, bytes: number): Promise<boolean> {
  const uploads = join(store, 'docker/registry/v2/repositories', NAME, '_uploads');
  const files = (await readdir(uploads, { recursive: true })).filter((file) => file.endsWith('/data'));
  const found = await Promise.all(files.map((file) => stat(join(uploads, file))));
  return found.some(({ size }) => size >= bytes);
}

function blobUrl({ url }: Peer): string {
  return `${url}/v2/${NAME}/blobs/${big.digest}`;
}

function driverPid(peer: Peer, former = 0): Promise<number> {
  return until('one driver process', () => {
    const [driver, ...more] = driversOf(peer.pid).filter(({ pid }) => pid !== former);
    return more.length === 0 ? driver?.pid : undefined;
  });
}
