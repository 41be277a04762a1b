import { readdirSync, statSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createContent } from '../harness/content.js';
import { request } from '../harness/http.js';
import { isRunning } from '../harness/processes.js';
import { pull } from '../harness/pull.js';
import { MIB, scaled } from '../harness/scale.js';
import type { Plane } from '../harness/start-registry.js';
import { PLANES, testRegistry } from '../harness/start-registry.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { until } from '../harness/until.js';
import { uploadStarted } from '../harness/upload-file.js';
import { beginUpload, expectStatus, finishUpload, pushBlob, sendChunk, toUpload } from '../harness/upload.js';
import { COUNT, testWorkers } from '../workers/registry-of-workers.js';
import { pushShared, startClients } from './clients.js';
import type { Versions } from './versions.js';
import { createVersions, operatorOf } from './versions.js';

const NAME = 'some/repository';

/** Nobody is cut off for the time that a busy machine needs. */
const PATIENT = { limits: { patience: '10m' } };

interface Options {
  readonly driver?: Readonly<Record<string, unknown>>;
  readonly own?: Readonly<Record<string, unknown>>;
}

async function registryOn(versions: Versions, { driver = {}, own }: Options = {}) {
  const drivers = { directories: [versions.directory], versioned: driver };
  const outrigger = { profile: 'strict', ...PATIENT, drivers, ...own };
  const registry = await testRegistry({ driver: 'versioned', sections: { outrigger } });
  return { registry, operator: await operatorOf(registry.pid) };
}

describe.each<Plane>(['file', 'socket'])('new versions under load, on the plane %s', (plane) => {
  test('take over, and no request fails, also of those that last longer than the drain', async () => {
    const versions = await createVersions();
    await versions.install('1.0.0');
    const driver = { drainTimeout: '1s', dataPlanes: PLANES.slice(PLANES.indexOf(plane)) };
    const { registry, operator } = await registryOn(versions, { driver });
    const { url } = registry;
    const first = await operator.driver();
    const large = createContent('large', 48 * MIB);
    await pushBlob(url, NAME, large);
    await pushShared(url);
    const slowPull = pull(`${url}/v2/${NAME}/blobs/${large.digest}`, { pauseAt: MIB });
    const slow = createContent('slow', 8 * MIB);
    const goOn = Promise.withResolvers<undefined>();
    const upload = await beginUpload(url, NAME);
    const slowPush = sendChunk(upload, slow, { pauseAfter: 3 * MIB, onPause: () => goOn.promise });
    await Promise.all([slowPull.paused, uploadStarted(registry, NAME, upload)]);
    const clients = startClients(url);
    const last = scaled(5, 30);
    for (let number = 2; number <= last; number++) {
      await clients.round();
      await versions.install(`${number}.0.0`);
      // By either way, in turn.
      if (number % 2 === 0) expect(await operator.reload()).toMatchObject({ exitCode: 0 });
      else registry.signal('SIGHUP');
      await until(`version ${number}`, async () => (await operator.driver()).version === `${number}.0.0`);
    }
    await until('the end of the first process', () => !isRunning(first.pid));
    slowPull.resume();
    goOn.resolve(undefined);
    const sent = toUpload(url, await expectStatus(202, slowPush));
    await expectStatus(201, finishUpload(sent, slow));
    expect(await slowPull.result).toMatchObject({ status: 200, digest: large.digest });
    await clients.stop();
    const end = await until('the end of those that were replaced', async () => {
      const now = await operator.driver();
      return now.draining.length === 0 && now;
    });
    expect(end).toMatchObject({ version: `${last}.0.0`, state: 'ready', restarts: last - 1 });
    expect(end).not.toHaveProperty('lastError');
    // What one of them would have left behind that had to be started again.
    expect(registry.logs()).not.toContain("the driver's process");
  });
});

test('the old process ends with its last stream: a push that began before is whole, and told of', async () => {
  const versions = await createVersions();
  await versions.install('1.0.0');
  const { registry, operator } = await registryOn(versions);
  const { url } = registry;
  const first = await operator.driver();
  const content = createContent('in one piece', 4 * MIB);
  const goOn = Promise.withResolvers<undefined>();
  const onPause = () => goOn.promise;
  const push = finishUpload(await beginUpload(url, NAME), content, { pauseAfter: 2 * MIB, onPause });
  // Only then the registry has opened what it writes to.
  await until('bytes in the store', () => largestFile(registry.store) >= MIB);
  await versions.install('2.0.0');
  expect(await operator.reload()).toMatchObject({ exitCode: 0 });
  const draining = [{ pid: first.pid, version: '1.0.0', users: 1 }];
  await until('one stream that is left', async () => (await operator.driver()).draining[0]?.users === 1);
  expect(await operator.driver()).toMatchObject({ version: '2.0.0', draining });
  goOn.resolve(undefined);
  await expectStatus(201, push);
  await until('the end of the first process', () => !isRunning(first.pid));
  expect(await pull(`${url}/v2/${NAME}/blobs/${content.digest}`).result).toMatchObject({
    digest: content.digest,
  });
});

test('a new version that does not come up changes nothing, and the operator is told why', async () => {
  const versions = await createVersions();
  await versions.install('1.0.0');
  const { registry, operator } = await registryOn(versions);
  await pushShared(registry.url);
  const first = await operator.driver();
  const clients = startClients(registry.url);
  await versions.install('2.0.0', 'the disk array does not answer');
  const { exitCode, stderr } = await operator.reload();
  expect(exitCode).toBe(69);
  expect(stderr).toMatch(
    /storage driver versioned did not start .*exit code 3.*the disk array does not answer/,
  );
  registry.signal('SIGHUP');
  await until(
    'two refusals',
    () =>
      registry.logs().match(/the storage driver was not replaced, the one that runs stays/g)?.length === 2,
  );
  await clients.round();
  expect(await operator.driver()).toMatchObject({ pid: first.pid, version: '1.0.0', draining: [] });
  await versions.install('2.0.1');
  expect(await operator.reload()).toMatchObject({ exitCode: 0 });
  await clients.stop();
  expect(await operator.driver()).toMatchObject({ version: '2.0.1' });
});

test('a version that is not the one that is pinned is refused until the configuration says so; the audit log tells', async () => {
  const versions = await createVersions();
  const auditLog = { enabled: true, file: join(await temporaryDirectory(), 'audit.log') };
  const one = await versions.install('1.0.0');
  const { registry, operator } = await registryOn(versions, {
    driver: { sha256: one.sha256 },
    own: { auditLog },
  });
  const { config } = await operator.status();
  const two = await versions.install('2.0.0');
  const refused = await operator.reload();
  expect(refused.exitCode).toBe(69);
  expect(refused.stderr).toContain(`its sha256 is ${two.sha256}, pinned is ${one.sha256}`);
  await writeFile(config, (await readFile(config, 'utf8')).replace(one.sha256, two.sha256));
  expect(await operator.reload()).toMatchObject({ exitCode: 0 });
  expect(await operator.driver()).toMatchObject({ version: '2.0.0' });
  await writeFile(config, 'nothing of the kind');
  expect(await operator.reload()).toMatchObject({ exitCode: 69 });
  expect(await operator.driver()).toMatchObject({ version: '2.0.0' });
  await registry.stop();
  const lines = (await readFile(auditLog.file, 'utf8')).trim().split('\n');
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
    { action: 'reload', result: 'failed', driver: 'versioned', former: '1.0.0', agent: 'command' },
    { action: 'reload', result: 'ok', driver: 'versioned', former: '1.0.0', version: '2.0.0' },
    { action: 'reload', result: 'failed', former: '2.0.0' },
  ]);
});

test('the drivers of all workers are replaced, or none where the first one cannot be', async () => {
  const versions = await createVersions();
  await versions.install('1.0.0');
  const registry = await testWorkers({
    driver: 'versioned',
    own: { workers: COUNT, ...PATIENT, drivers: { directories: [versions.directory] } },
  });
  const operator = await operatorOf(registry.pid);
  await pushShared(registry.url);
  const clients = startClients(registry.url);
  onTestFinished(() => clients.stop().catch(() => undefined));
  await versions.install('2.0.0', 'the disk array does not answer');
  expect(await operator.reload()).toMatchObject({ exitCode: 69 });
  expect(await operator.versions()).toEqual(['1.0.0', '1.0.0', '1.0.0']);
  await versions.install('3.0.0');
  expect(await operator.reload()).toMatchObject({ exitCode: 0 });
  expect(await operator.versions()).toEqual(['3.0.0', '3.0.0', '3.0.0']);
  await versions.install('4.0.0');
  registry.signal('SIGHUP');
  await until('version 4 everywhere', async () =>
    (await operator.versions()).every((each) => each === '4.0.0'),
  );
  await clients.round();
  await clients.stop();
  expect((await request(`${registry.url}/v2/`)).status).toBe(200);
});

test('a worker that ends after a reload comes back with the version that is pinned by then', async () => {
  const versions = await createVersions();
  const one = await versions.install('1.0.0');
  const drivers = { directories: [versions.directory], versioned: { sha256: one.sha256 } };
  const registry = await testWorkers({ driver: 'versioned', own: { workers: COUNT, ...PATIENT, drivers } });
  const operator = await operatorOf(registry.pid);
  const { config } = await operator.status();
  const two = await versions.install('2.0.0');
  await writeFile(config, (await readFile(config, 'utf8')).replace(one.sha256, two.sha256));
  expect(await operator.reload()).toMatchObject({ exitCode: 0 });
  const former = registry.workerPids();
  const [first = 0] = former;
  process.kill(first, 'SIGKILL');
  await until('the end of the worker', () => !isRunning(first));
  await until('version 2 everywhere', async () => (await operator.versions()).join() === '2.0.0,2.0.0,2.0.0');
});

test('a worker that starts while the others are reloaded has the new version too', async () => {
  const versions = await createVersions();
  const hold = join(await temporaryDirectory(), 'hold');
  await versions.install('1.0.0', undefined, hold);
  const drivers = { directories: [versions.directory] };
  const registry = await testWorkers({ driver: 'versioned', own: { workers: COUNT, ...PATIENT, drivers } });
  const operator = await operatorOf(registry.pid);
  await writeFile(hold, '');
  const former = registry.allDriverPids();
  const [worker = 0] = registry.workerPids();
  process.kill(worker, 'SIGKILL');
  await until('a worker whose driver does not begin', () =>
    registry.allDriverPids().some((pid) => !former.includes(pid)),
  );
  await versions.install('2.0.0');
  const reloaded = operator.reload();
  await until('version 2 in the main process', async () => (await operator.driver()).version === '2.0.0');
  await rm(hold);
  expect(await reloaded).toMatchObject({ exitCode: 0 });
  await until('version 2 everywhere', async () => (await operator.versions()).join() === '2.0.0,2.0.0,2.0.0');
});

/** In bytes. Files come and go meanwhile. */
function largestFile(directory: string): number {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const sizeOf = (name: string) => statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0;
  return Math.max(0, ...names.map(sizeOf));
}
