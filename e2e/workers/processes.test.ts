import { execa } from 'execa';
import { expect, test } from 'vitest';
import { createContent } from '../harness/content.js';
import { controlSocket } from '../harness/control-socket.js';
import { request } from '../harness/http.js';
import { MAIN } from '../harness/paths.js';
import { isRunning } from '../harness/processes.js';
import { KIB, seconds } from '../harness/scale.js';
import { beginUpload, expectStatus, finishUpload } from '../harness/upload.js';
import { until } from '../harness/until.js';
import { runSoak } from '../gc/soak/run-soak.js';
import { COUNT, testWorkers } from './registry-of-workers.js';

const NAME = 'some/repository';

test('status and reload are of the drivers of all processes; an orderly stop ends what is under way', async () => {
  const registry = await testWorkers();
  const { pid, url, workerPids, allDriverPids, allPids } = registry;
  const before = allDriverPids();
  expect(workerPids()).toHaveLength(COUNT);
  expect(before).toHaveLength(COUNT + 1);
  const command = async (...args: string[]) => {
    const { stdout } = await execa(process.execPath, [MAIN, 'driver', ...args, '--json']);
    return JSON.parse(stdout) as { drivers: Driver[]; others: Driver[] } & Driver;
  };
  const socket = ['--socket', await controlSocket(pid)];
  const { drivers } = await command('status', ...socket);
  expect(drivers.map(({ worker, state }) => [worker, state])).toEqual([
    [undefined, 'ready'],
    [1, 'ready'],
    [2, 'ready'],
  ]);
  expect(new Set(drivers.map((driver) => driver.pid))).toEqual(new Set(before));
  const reloaded = await command('reload', 'filesystem', ...socket);
  const pids = [reloaded, ...reloaded.others].map((driver) => driver.pid);
  expect(pids).toHaveLength(COUNT + 1);
  expect(pids.filter((each) => before.includes(each))).toEqual([]);

  const all = allPids();
  // Some of these go from one worker to the other, which must not end before.
  const stop = Promise.withResolvers<undefined>();
  const pushes = Array.from({ length: 4 }, async (_, number) => {
    const content = createContent(`push ${number}`, 200 * KIB);
    const upload = await beginUpload(url, NAME);
    const half = Promise.withResolvers<undefined>();
    const onPause = async () => {
      half.resolve(undefined);
      await stop.promise;
    };
    const answer = finishUpload(upload, content, { pauseAfter: 100 * KIB, onPause });
    await half.promise;
    return { answer };
  });
  const answers = (await Promise.all(pushes)).map(({ answer }) => answer);
  await until('four pushes', async () => /in_flight_requests 4$/m.test(await registry.metrics()));
  const stopped = registry.stop();
  await until('the begin of the end', () => registry.logs().includes('stopping when the requests'));
  stop.resolve(undefined);
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([201, 201, 201, 201]);
  expect(await stopped).toMatchObject({ exitCode: 0 });
  await until('the end of all processes', () => !all.some(isRunning));
});

interface Driver {
  readonly pid: number;
  readonly state: string;
  readonly worker?: number;
}

test('a primary that is killed leaves nothing behind, and what it has acknowledged is there', async () => {
  const registry = await testWorkers();
  const { url, store, allPids, exited } = registry;
  const content = createContent('kept', 10 * KIB);
  await expectStatus(201, finishUpload(await beginUpload(url, NAME), content));
  const all = allPids();
  registry.signal('SIGKILL');
  await exited;
  await until('the end of all processes', () => !all.some(isRunning));
  const again = await testWorkers({ store });
  await expectStatus(200, request(`${again.url}/v2/${NAME}/blobs/${content.digest}`));
});

test(
  'garbage is collected while two workers take pushes: nothing acknowledged is lost',
  async () => {
    const gc = { enabled: true, interval: '1s', grace: '1s', refresh: '100ms' };
    const { url } = await testWorkers({ own: { gc }, parameters: { commit: 'relaxed' } });
    const options = { origins: [url], graceMs: 1000, durationMs: seconds(4, 300), seed: 'workers' };
    const { journal, audit } = await runSoak({ ...options, isEnough: ({ images }) => images > 0 });
    await audit();
    expect(journal.failures).toEqual([]);
    expect(journal.images).toBeGreaterThan(0);
  },
  seconds(240, 700),
);
