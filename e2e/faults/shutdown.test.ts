import { expect, test } from 'vitest';
import { createContent } from '../harness/content.js';
import { request } from '../harness/http.js';
import { groupsGone, listProcesses } from '../harness/processes.js';
import { pull } from '../harness/pull.js';
import { MIB } from '../harness/scale.js';
import { SECRET, freePort, testRegistry } from '../harness/start-registry.js';
import { until } from '../harness/until.js';
import { beginUpload, pushBlob, sendChunk } from '../harness/upload.js';
import { uploadStarted } from '../harness/upload-file.js';

const NAME = 'faults/shutdown';
const content = createContent('shutdown', 32 * MIB);

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s under load: no new connections, what is in flight ends well, and nothing is left',
  async (signal) => {
    const port = await freePort();
    // For what is in flight, on a busy machine.
    const http = { addr: `127.0.0.1:${port}`, secret: SECRET, draintimeout: '200s' };
    const registry = await testRegistry({ port, sections: { http } });
    const { url } = registry;
    await pushBlob(url, NAME, content);
    const driver = await registry.driverPid();
    const pulls = Array.from({ length: 10 }, () =>
      pull(`${url}/v2/${NAME}/blobs/${content.digest}`, { pauseAt: MIB }),
    );
    const gate = Promise.withResolvers<undefined>();
    const uploads = await Promise.all(pulls.slice(5).map(() => beginUpload(url, NAME)));
    const pushes = uploads.map((upload) =>
      sendChunk(upload, content, { pauseAfter: 4 * MIB, onPause: () => gate.promise }),
    );
    await Promise.all(pulls.map(({ paused }) => paused));
    await Promise.all(uploads.map((upload) => uploadStarted(registry, NAME, upload)));

    registry.signal(signal);
    await until('the end of listening', () => request(`${url}/v2/`).then(() => false, isRefused));
    gate.resolve(undefined);
    for (const { resume } of pulls) resume();
    const results = await Promise.all(pulls.map(({ result }) => result));
    expect(results.map(({ digest }) => digest)).toEqual(pulls.map(() => content.digest));
    expect((await Promise.all(pushes)).map(({ status }) => status)).toEqual(pushes.map(() => 202));
    expect(await registry.exited).toMatchObject({ exitCode: 0 });
    await groupsGone([driver, registry.pid]);
    const watchdogs = listProcesses().filter(({ parent }) => parent === registry.pid);
    expect(watchdogs).toEqual([]);
  },
);

test('connections that are kept open and idle do not hold up the end', async () => {
  const registry = await testRegistry();
  const keptOpen = await fetch(`${registry.url}/v2/`);
  expect(keptOpen.status).toBe(200);
  registry.signal('SIGTERM');
  expect(await registry.exited).toMatchObject({ exitCode: 0 });
});

function isRefused(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
}
