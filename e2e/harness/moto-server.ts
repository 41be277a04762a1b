import type { S3Server } from './s3-server.js';
import { createBucket } from './s3-server.js';
import { startServer } from './server-process.js';
import { freePort } from './start-registry.js';

/**
 * Moto's S3. It keeps everything in memory: after `kill` it has nothing, and it takes any credential and signature.
 *
 * @param command - its program, see `useTool` and `findTool`
 */
export async function startMoto(command: string): Promise<S3Server> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = await startServer({ command, args: ['-H', '127.0.0.1', '-p', String(port)], url });
  return { ...server, url, createStore: () => createBucket(url), stop: () => server.kill() };
}
