import { afterEach, expect, test } from 'vitest';
import { createContent } from '../harness/content.js';
import { request } from '../harness/http.js';
import { isRunning } from '../harness/processes.js';
import { pull } from '../harness/pull.js';
import { MIB } from '../harness/scale.js';
import { testRegistry } from '../harness/start-registry.js';
import { uploadStarted } from '../harness/upload-file.js';
import {
  askStatus,
  beginUpload,
  expectStatus,
  finishUpload,
  pushBlob,
  sendChunk,
} from '../harness/upload.js';

const NAME = 'faults/hang';
const content = createContent('hang', 64 * MIB);

let stopped: number | undefined;

afterEach(() => {
  if (stopped !== undefined && isRunning(stopped)) process.kill(stopped, 'SIGCONT');
});

test('F09: a driver that is stopped while it owes an answer is replaced; the client gets its bytes', async () => {
  const registry = await testRegistry({ plane: 'socket' });
  await pushBlob(registry.url, NAME, content);
  const running = pull(`${registry.url}/v2/${NAME}/blobs/${content.digest}`, { pauseAt: MIB });
  await running.paused;
  const driver = (stopped = await registry.driverPid());
  process.kill(driver, 'SIGSTOP');
  running.resume();
  const replaced = registry.newDriverPid(driver);
  const done = new AbortController();
  const stop = () => done.abort();
  replaced.then(stop, stop);
  // Whoever needs no driver is answered meanwhile.
  do expect(await request(`${registry.url}/v2/`)).toMatchObject({ status: 200 });
  while (!done.signal.aborted);
  await replaced;
  expect(await running.result).toMatchObject({ bytes: content.size, digest: content.digest });
  expect(isRunning(driver)).toBe(false);
});

test('F09: a driver that is stopped while it owes nothing is replaced, unasked', async () => {
  const registry = await testRegistry();
  const driver = (stopped = await registry.driverPid());
  process.kill(driver, 'SIGSTOP');
  await registry.newDriverPid(driver);
  expect(isRunning(driver)).toBe(false);
  expect(await request(`${registry.url}/v2/_catalog`)).toMatchObject({ status: 200 });
});

test('F09: a driver that is stopped in the middle of a push: 503, and the client goes on with the next one', async () => {
  const registry = await testRegistry();
  const upload = await beginUpload(registry.url, NAME);
  const driver = (stopped = await registry.driverPid());
  await expectStatus(
    503,
    sendChunk(upload, content, {
      pauseAfter: 4 * MIB,
      async onPause() {
        await uploadStarted(registry, NAME, upload);
        process.kill(driver, 'SIGSTOP');
      },
    }),
  );
  const reached = await askStatus(registry.url, upload);
  await expectStatus(201, finishUpload(reached, content));
  expect(await pull(`${registry.url}/v2/${NAME}/blobs/${content.digest}`).result).toMatchObject({
    digest: content.digest,
  });
});

test('F09: a driver that is stopped for a moment only is left alone', async () => {
  const registry = await testRegistry();
  const driver = (stopped = await registry.driverPid());
  process.kill(driver, 'SIGSTOP');
  const answer = request(`${registry.url}/v2/${NAME}/tags/list`);
  expect(await request(`${registry.url}/v2/`)).toMatchObject({ status: 200 });
  process.kill(driver, 'SIGCONT');
  expect(await answer).toMatchObject({ status: 404 });
  expect(await registry.driverPid()).toBe(driver);
});
