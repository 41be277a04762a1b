import { join } from 'node:path';
import type { S3Server } from './s3-server.js';
import { S3_ACCESS_KEY, S3_SECRET_KEY, createBucket } from './s3-server.js';
import { startServerOverDirectory } from './server-over-directory.js';
import { freePort } from './start-registry.js';

/**
 * MinIO over a directory. It keeps its data.
 *
 * @param command - its program, see `useTool` and `findTool`
 */
export async function startMinio(command: string): Promise<S3Server> {
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  const server = await startServerOverDirectory((path) => ({
    command,
    args: ['server', '--quiet', '--address', address, join(path, 'data')],
    env: {
      HOME: path,
      MINIO_ROOT_USER: S3_ACCESS_KEY,
      MINIO_ROOT_PASSWORD: S3_SECRET_KEY,
      MINIO_BROWSER: 'off',
      MINIO_UPDATE: 'off',
    },
    url: `${url}/minio/health/cluster`,
    answers: isHealthy,
  }));
  return { ...server, url, createStore: () => createBucket(url) };
}

/** It answers before it can write. */
function isHealthy(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(5_000) }).then(
    ({ ok }) => ok,
    () => false,
  );
}
