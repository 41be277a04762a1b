import { createGcsCredentials } from './gcs-credentials.js';
import type { GcsServer } from './gcs-server.js';
import { createBucket } from './gcs-server.js';
import { startServer } from './server-process.js';
import { freePort } from './start-registry.js';

/**
 * gcp-storage-emulator, which keeps everything in memory: after `kill` it has nothing. It knows no preconditions and no pages.
 *
 * @param command - its program, see `useTool` and `findTool`
 */
export async function startGcpEmulator(command: string): Promise<GcsServer> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const credentials = createGcsCredentials();
  const args = ['start', '--host', '127.0.0.1', '--port', String(port), '--quiet', '--in-memory'];
  const server = await startServer({ command, args, url });
  return { ...server, url, createStore: () => createBucket(url, credentials), stop: () => server.kill() };
}
