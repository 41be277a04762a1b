import { createGcsCredentials } from './gcs-credentials.js';
import type { GcsServer } from './gcs-server.js';
import { createBucket } from './gcs-server.js';
import { startServer } from './server-process.js';
import { freePort } from './start-registry.js';

/**
 * fake-gcs-server. It knows preconditions of writes, and keeps everything in memory: after `kill` it has nothing. (In files it keeps the
 * metadata beside the content, and readers see one without the other.)
 *
 * @param command - its program, see `useTool` and `findTool`
 */
export async function startFakeGcs(command: string): Promise<GcsServer> {
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  const url = `http://${host}`;
  const credentials = createGcsCredentials();
  const args = [
    ...['-scheme', 'http', '-host', '127.0.0.1', '-port', String(port), '-log-level', 'warn'],
    ...['-backend', 'memory', '-external-url', url, '-public-host', host],
  ];
  const server = await startServer({ command, args, url: `${url}/_internal/healthcheck` });
  return { ...server, url, createStore: () => createBucket(url, credentials), stop: () => server.kill() };
}
