import { createGcsCredentials } from './gcs-credentials.js';
import type { GcsServer } from './gcs-server.js';
import { createBucket } from './gcs-server.js';
import { startServer } from './server-process.js';
import { freePort } from './start-registry.js';
import { makeTemporaryDirectory } from './temporary-directory.js';

/**
 * fake-gcs-server, which keeps its objects in files: after `kill` and `start` they are there. It knows preconditions of writes.
 *
 * @param command - its program, see `useTool` and `findTool`
 */
export async function startFakeGcs(command: string): Promise<GcsServer> {
  const [port, data] = [await freePort(), await makeTemporaryDirectory()];
  const host = `127.0.0.1:${port}`;
  const url = `http://${host}`;
  const credentials = createGcsCredentials();
  const args = [
    ...['-scheme', 'http', '-host', '127.0.0.1', '-port', String(port), '-log-level', 'warn'],
    ...['-backend', 'filesystem', '-filesystem-root', data.path, '-external-url', url, '-public-host', host],
  ];
  try {
    const server = await startServer({ command, args, url: `${url}/_internal/healthcheck` });
    const stop = async () => {
      await server.kill();
      await data.remove();
    };
    return { ...server, url, createBucket: () => createBucket(url, credentials), stop };
  } catch (error) {
    await data.remove();
    throw error;
  }
}
