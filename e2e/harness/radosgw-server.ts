import { startCeph } from './ceph-server.js';
import type { S3Server } from './s3-server.js';
import { S3_ACCESS_KEY, S3_SECRET_KEY, createBucket } from './s3-server.js';
import type { ServerProcess } from './server-process.js';
import { isAnswering } from './server-process.js';
import { freePort } from './start-registry.js';
import type { SwiftServer } from './swift-server.js';
import { SWIFT_USER, createContainer } from './swift-server.js';

/**
 * The gateway of a Ceph cluster of its own, with the API of S3. It keeps its data.
 *
 * @param command - its program, see `useTool` and `findTool`
 */
export async function startRadosgwS3(command: string): Promise<S3Server> {
  const key = ['--access-key', S3_ACCESS_KEY, '--secret-key', S3_SECRET_KEY];
  const gateway = await startRadosgw(command, ['--uid', 'test', ...key]);
  return { ...gateway, createStore: () => createBucket(gateway.url) };
}

/** The same with the API of Swift, and version 1 of its authentication. */
export async function startRadosgwSwift(command: string): Promise<SwiftServer> {
  const { username, password } = SWIFT_USER;
  const [account = ''] = username.split(':');
  const key = ['--key-type', 'swift', '--secret-key', password, '--access', 'full'];
  const gateway = await startRadosgw(command, ['--uid', account, '--subuser', username, ...key]);
  return { ...gateway, createStore: () => Promise.resolve(createContainer(gateway.url)) };
}

interface Radosgw extends ServerProcess {
  readonly url: string;
  stop(): Promise<void>;
}

/** @param user - flags of `radosgw-admin user create` */
async function startRadosgw(command: string, user: readonly string[]): Promise<Radosgw> {
  const cluster = await startCeph();
  try {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const gateway = await cluster.startDaemon(command, gatewayFlags(port), () => isAnswering(url));
    await cluster.run('radosgw-admin', 'user', 'create', '--display-name', 'test', ...user);
    return { ...gateway, url, stop: () => cluster.stop() };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

function gatewayFlags(port: number): string[] {
  return [
    ...['--name', 'client.admin'],
    ...['--rgw-frontends', `beast endpoint=127.0.0.1:${port}`],
    ...['--rgw-swift-account-in-url', 'true'],
  ];
}
