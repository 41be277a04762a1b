import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { benchDirectory, freePort } from '../peers/start-server.js';

export const REGION = 'us-east-1';
export const ACCESS_KEY = 'benchkey';
export const SECRET_KEY = 'benchsecret';

/** Versity's S3 gateway over a directory: one for a whole run. */
export interface S3Server {
  readonly port: number;
  /** A new bucket, which is gone afterwards with all that is in it. */
  inBucket<T>(use: (bucket: string) => Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

const START_MS = 20_000;

export async function startS3Server(command: string): Promise<S3Server> {
  const directory = await mkdtemp(join(benchDirectory(), 'outrigger-bench-s3-'));
  const port = await freePort();
  const flags = ['--port', `127.0.0.1:${port}`, '--region', REGION, '--quiet', '--keep-alive'];
  const child = spawn(command, [...flags, 'posix', directory], {
    stdio: 'ignore',
    env: { PATH: process.env.PATH, ROOT_ACCESS_KEY: ACCESS_KEY, ROOT_SECRET_KEY: SECRET_KEY },
  });
  let buckets = 0;
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await untilAnswering(port);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    port,
    stop,
    async inBucket(use) {
      const name = `bench-${++buckets}`;
      // A directory below its own is a bucket to it.
      await mkdir(join(directory, name));
      try {
        return await use(name);
      } finally {
        await rm(join(directory, name), { recursive: true, force: true });
      }
    },
  };
}

async function untilAnswering(port: number): Promise<void> {
  const deadline = performance.now() + START_MS;
  while (performance.now() < deadline) {
    const answered = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await delay(50);
  }
  throw new Error('the S3 server does not answer');
}
