import { randomBytes } from 'node:crypto';
import type { CloudServer, CloudStore } from './cloud-server.js';
import { startServerOverDirectory } from './server-over-directory.js';
import { freePort } from './start-registry.js';

/** A server of Swift's API with version 1 of the authentication. It is the driver that makes the containers. */
export type SwiftServer = CloudServer<SwiftContainer>;

export type SwiftContainer = CloudStore;

/** The least, so that small content has many. */
export const SEGMENT = 1024 * 1024;

/**
 * OpenStack Swift itself: proxy, account, container and object server, one device. It keeps its data, so that it may be killed and
 * started again.
 *
 * @param command - its program, see `useTool` and `findTool`
 */
export async function startSwift(command: string): Promise<SwiftServer> {
  const server = await launchSwift(command);
  return { ...server, createStore: () => Promise.resolve(createContainer(server.url)) };
}

/** @param auth - further arguments of the program: whose tokens it takes. Default: its own */
export async function launchSwift(
  command: string,
  auth: readonly string[] = [],
): Promise<Omit<SwiftServer, 'createStore'>> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = await startServerOverDirectory((path) => ({
    command,
    args: [path, String(port), ...auth],
    url: `${url}/healthcheck`,
  }));
  return { ...server, url };
}

/** Of version 1 of the authentication: the account, and who may do everything in it. */
export const SWIFT_USER = { username: 'test:tester', password: 'testing' };

/** A container that only its name exists of, on any server with version 1 of the authentication and {@link SWIFT_USER}. */
export function createContainer(url: string): SwiftContainer {
  const name = `registry-${randomBytes(6).toString('hex')}`;
  return {
    name,
    parameters: (through = url) => ({
      ...SWIFT_USER,
      authurl: authUrl(through),
      container: name,
      chunksize: SEGMENT,
    }),
    async names() {
      const { token, storageUrl } = await authenticate(url);
      const headers = { 'x-auth-token': token };
      const answer = await fetch(`${storageUrl}/${name}?limit=10000`, { headers });
      if (!answer.ok) throw new Error(`the container cannot be listed: ${answer.status}`);
      return (await answer.text()).split('\n').filter((line) => line !== '');
    },
  };
}

function authUrl(url: string): string {
  return `${url}/auth/v1.0`;
}

async function authenticate(url: string): Promise<{ token: string; storageUrl: string }> {
  const headers = { 'x-auth-user': SWIFT_USER.username, 'x-auth-key': SWIFT_USER.password };
  const answer = await fetch(authUrl(url), { headers });
  const [token, storageUrl] = [answer.headers.get('x-auth-token'), answer.headers.get('x-storage-url')];
  if (token === null || storageUrl === null) throw new Error(`Swift gives no token: ${answer.status}`);
  return { token, storageUrl };
}
