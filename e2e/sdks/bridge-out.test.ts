import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { skopeo } from '../cloud/clients.js';
import { createContent } from '../harness/content.js';
import { pull } from '../harness/pull.js';
import { MIB, seconds } from '../harness/scale.js';
import { testRegistry } from '../harness/start-registry.js';
import { findTool, skipMissing } from '../harness/tool.js';
import { pushBlob } from '../harness/upload.js';

const title = 'a driver of distribution 3 as ours';
const NAME = 'bridge/out';
const tool = findTool('registry-storage-distribution');

if (typeof tool === 'string') describe(title, serveFrom(dirname(tool)));
else skipMissing(title, tool);

function serveFrom(directory: string): () => void {
  const start = () =>
    testRegistry({
      driver: 'distribution',
      parameters: { driver: 'filesystem' },
      driverDirectories: [directory],
    });
  return () => {
    test(
      'skopeo pushes and pulls',
      async (context) => {
        await skopeo(context, await start());
      },
      seconds(120),
    );

    test(
      'kill -9 of the driver in the middle of a pull: the client gets every byte',
      async () => {
        const registry = await start();
        // More than all buffers between a driver and a client that does not read.
        const content = createContent('bridge out', 64 * MIB);
        await pushBlob(registry.url, NAME, content);
        const url = `${registry.url}/v2/${NAME}/blobs/${content.digest}`;
        const running = pull(url, { pauseAt: MIB });
        await running.paused;
        process.kill(await registry.driverPid(), 'SIGKILL');
        running.resume();
        const { size, digest } = content;
        const whole = { status: 200, contentLength: size, bytes: size, digest };
        expect(await running.result).toEqual(whole);
        expect(await pull(url).result).toEqual(whole);
      },
      seconds(120),
    );
  };
}
