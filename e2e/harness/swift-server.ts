import { randomBytes } from 'node:crypto';
import type { ServerProcess } from './server-process.js';
import { startServer } from './server-process.js';
import { freePort } from './start-registry.js';
import { makeTemporaryDirectory } from './temporary-directory.js';

/** Parameters of the driver that say who asks. */
export interface SwiftUser {
  readonly username: string;
  readonly password: string;
  readonly authurl: string;
}

/** A server of Swift's API with version 1 of the authentication. */
export interface SwiftServer extends ServerProcess {
  readonly url: string;
  readonly user: SwiftUser;
  /** Another container each time; it is the driver that makes it. */
  container(): SwiftContainer;
  /** Kills it, and removes all that it kept. */
  stop(): Promise<void>;
}

export interface SwiftContainer {
  readonly name: string;
  /** Of the driver, with the least segments, so that small content has many. */
  parameters(): Record<string, unknown>;
  /** Of all objects. */
  names(): Promise<string[]>;
  /** A request below the container, with a token. */
  request(path: string, init?: RequestInit): Promise<Response>;
}

export const SEGMENT = 1024 * 1024;

/**
 * OpenStack Swift itself: proxy, account, container and object server, one device. It keeps its data, so that it may be killed and
 * started again.
 *
 * @param command - its program, see `useTool` and `findTool`
 */
export async function startSwift(command: string): Promise<SwiftServer> {
  const { path, remove } = await makeTemporaryDirectory();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = await startServer({
    command,
    args: [path, String(port)],
    url: `${url}/healthcheck`,
  });
  const user = { username: 'test:tester', password: 'testing', authurl: `${url}/auth/v1.0` };
  return {
    ...server,
    url,
    user,
    container: () => createContainer(user),
    async stop() {
      await server.kill();
      await remove();
    },
  };
}

/** A container that only its name exists of. */
export function createContainer(user: SwiftUser): SwiftContainer {
  const name = `registry-${randomBytes(6).toString('hex')}`;
  const request = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const { token, storageUrl } = await authenticate(user);
    const headers = { ...(init.headers as Record<string, string> | undefined), 'x-auth-token': token };
    return fetch(`${storageUrl}/${name}${path}`, { ...init, headers });
  };
  return {
    name,
    parameters: () => ({ ...user, container: name, chunksize: SEGMENT }),
    request,
    async names() {
      const answer = await request('?limit=10000');
      if (!answer.ok) throw new Error(`the container cannot be listed: ${answer.status}`);
      return (await answer.text()).split('\n').filter((line) => line !== '');
    },
  };
}

async function authenticate(user: SwiftUser): Promise<{ token: string; storageUrl: string }> {
  const headers = { 'x-auth-user': user.username, 'x-auth-key': user.password };
  const answer = await fetch(user.authurl, { headers });
  const [token, storageUrl] = [answer.headers.get('x-auth-token'), answer.headers.get('x-storage-url')];
  if (token === null || storageUrl === null) throw new Error(`Swift gives no token: ${answer.status}`);
  return { token, storageUrl };
}
