import { mkdir, rm } from 'node:fs/promises';
import type { Content } from '../content.js';
import { ContentSource } from '../content.js';
import { median } from '../median.js';
import { startServer } from '../peers/start-server.js';
import type { Load } from './matrix.js';
import { MIB } from './matrix.js';
import type { FileTool } from './native.js';
import { s5cmd, withFiles, writeFiles } from './native.js';
import { PUSHES, fetchSigned, findLocations, pullRedirected } from './operations.js';
import { orasOnS3fs } from './oras-s3fs.js';
import type { S3Server } from './s3-server.js';
import type { Place, RegistryName } from './subjects.js';
import { registryOver } from './subjects.js';

/** MiB a second, by operation: the median of the rounds. */
export type Speeds = Readonly<Record<string, number>>;

/** Pushes in both ways, pulls, and for comparison GET of the same signed URLs without the registry. */
export function measureRegistry(name: RegistryName, s3: S3Server, load: Load): Promise<Speeds> {
  return s3.inBucket(async (bucket) => {
    const server = await startServer(registryOver(name, { port: s3.port, bucket }));
    try {
      const source = new ContentSource(load.bytes);
      let last: Content[] = [];
      const speeds: Record<string, number> = {};
      for (const [way, push] of Object.entries(PUSHES)) {
        speeds[way] = await inRounds(load, async () => {
          last = Array.from({ length: load.count }, () => source.next());
          return () => push(server.port, last);
        });
      }
      speeds['pull, redirected'] = await inRounds(load, async () => () => pullRedirected(server.port, last));
      const locations = await findLocations(server.port, last);
      speeds['GET of the signed URLs'] = await inRounds(load, async () => async () => {
        await Promise.all(locations.map((location) => fetchSigned(location, load.bytes)));
      });
      return speeds;
    } finally {
      await server.stop();
    }
  });
}

export function measureS5cmd(command: string, s3: S3Server, load: Load): Promise<Speeds> {
  return s3.inBucket((bucket) => measureFiles(s5cmd(command, { port: s3.port, bucket }), load));
}

export function measureOrasOnS3fs(
  commands: { readonly oras: string; readonly s3fs: string },
  s3: S3Server,
  load: Load,
): Promise<Speeds> {
  return s3.inBucket(async (bucket) => {
    const place: Place = { port: s3.port, bucket };
    const tool = await orasOnS3fs(commands, place);
    try {
      return await measureFiles(tool, load);
    } finally {
      await tool.unmount();
    }
  });
}

/** Each round pushes other contents, since what is there already is not written again by all of them. */
async function measureFiles(tool: FileTool, load: Load): Promise<Speeds> {
  const source = new ContentSource(load.bytes);
  return withFiles([], async (full, empty) => ({
    push: await inRounds(load, async () => {
      await writeFiles(
        full,
        Array.from({ length: load.count }, () => source.next()),
      );
      return () => tool.push(full);
    }),
    pull: await inRounds(load, async () => {
      await rm(empty, { recursive: true });
      await mkdir(empty);
      return () => tool.pull(empty);
    }),
  }));
}

/** @param arrange - outside of the time; what it answers is timed */
async function inRounds(
  { bytes, count, rounds }: Load,
  arrange: () => Promise<() => Promise<void>>,
): Promise<number> {
  const speeds: number[] = [];
  // One to warm up, where there are several.
  for (let round = rounds > 1 ? -1 : 0; round < rounds; round++) {
    const act = await arrange();
    const begin = performance.now();
    await act();
    const seconds = (performance.now() - begin) / 1000;
    if (round >= 0) speeds.push((bytes * count) / MIB / seconds);
  }
  return median(speeds);
}
