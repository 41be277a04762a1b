import type { ServerLaunch, ServerProcess } from './server-process.js';
import { startServer } from './server-process.js';
import { makeTemporaryDirectory } from './temporary-directory.js';

/**
 * A server that keeps its data in a directory of its own.
 *
 * @param launchIn - how it is started, given the directory
 * @returns with the end of the server and its data
 */
export async function startServerOverDirectory(
  launchIn: (path: string) => ServerLaunch | Promise<ServerLaunch>,
): Promise<ServerProcess & { stop(): Promise<void> }> {
  const { path, remove } = await makeTemporaryDirectory();
  try {
    const server = await startServer(await launchIn(path));
    return {
      ...server,
      async stop() {
        await server.kill();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
