import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { S3Server } from './s3-server.js';
import { S3_ACCESS_KEY, S3_REGION, S3_SECRET_KEY, createBucket } from './s3-server.js';
import { startServerOverDirectory } from './server-over-directory.js';
import { freePort } from './start-registry.js';

export interface VersitygwOptions {
  /** It has users besides the one of `S3_ACCESS_KEY`, and checks what they may do. */
  readonly hasUsers?: boolean;
}

/**
 * Versity's S3 gateway over a directory. It checks signatures, and after `kill` it finds its data again.
 *
 * @param command - its program, see `useTool` and `findTool`
 */
export async function startVersitygw(
  command: string,
  { hasUsers = false }: VersitygwOptions = {},
): Promise<S3Server> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const flags = ['--port', `127.0.0.1:${port}`, '--region', S3_REGION, '--quiet', '--keep-alive'];
  const server = await startServerOverDirectory(async (path) => {
    const [users, data] = [join(path, 'users'), join(path, 'data')];
    for (const each of [users, data]) await mkdir(each);
    return {
      command,
      args: [...flags, ...(hasUsers ? ['--iam-dir', users] : []), 'posix', data],
      env: { ROOT_ACCESS_KEY: S3_ACCESS_KEY, ROOT_SECRET_KEY: S3_SECRET_KEY },
      url,
    };
  });
  return { ...server, url, createStore: () => createBucket(url) };
}
