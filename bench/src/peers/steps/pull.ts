import type { Content } from '../../content.js';
import { ContentSource } from '../../content.js';
import { Connection } from '../../http/connection.js';
import { fetchContent, pushBlob, verifyContent } from '../../registry-client.js';
import { PARALLEL_PULLS, mib } from '../scale.js';
import type { Step, StepRun } from '../step.js';

const REPOSITORY = 'bench/pull';

export const pull: Step = {
  name: 'pull',
  title: ({ largeBytes }) => `pull ${mib(largeBytes)} MiB`,
  unit: 'MiB/s',
  store: 'empty',
  goals: { outrigger: '>= 1.8', 'outrigger-socket': '>= 0.9' },
  start: async ({ port, scale }) => start(port, scale.largeBytes, 1),
};

export const pullInParallel: Step = {
  name: 'pull-16',
  title: ({ parallelBytes }) => `${PARALLEL_PULLS} pulls of ${mib(parallelBytes)} MiB at once`,
  unit: 'MiB/s',
  store: 'empty',
  goals: { outrigger: '>= 1.2', 'outrigger-socket': '>= 0.7' },
  start: async ({ port, scale }) => start(port, scale.parallelBytes, PARALLEL_PULLS),
};

/** Each lane pulls a blob of its own. */
async function start(port: number, size: number, lanes: number): Promise<StepRun> {
  const source = new ContentSource(size);
  const blobs = await pushAll(
    port,
    Array.from({ length: lanes }, () => source.next()),
  );
  return {
    arrange: async () => {
      const connections = await Promise.all(blobs.map(() => Connection.open(port)));
      return async () => {
        const begin = performance.now();
        await Promise.all(
          connections.map((connection, lane) => fetchContent(connection, blobs[lane] ?? '', size)),
        );
        const seconds = (performance.now() - begin) / 1000;
        for (const connection of connections) connection.close();
        return { units: mib(size * lanes), seconds };
      };
    },
    verify: async () => {
      const connection = await Connection.open(port);
      for (const path of blobs) await verifyContent(connection, path, path.slice(path.indexOf('sha256:')));
      connection.close();
    },
    close: () => undefined,
  };
}

async function pushAll(port: number, contents: readonly Content[]): Promise<string[]> {
  const connection = await Connection.open(port);
  for (const content of contents) await pushBlob(connection, REPOSITORY, content);
  connection.close();
  return contents.map(({ digest }) => `/v2/${REPOSITORY}/blobs/${digest}`);
}
