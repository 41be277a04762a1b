import type { DriverFactory, Parameters } from '@outrigger/driver';
import { inmemory } from '@outrigger/plugin-memory';
import { onTestFinished } from 'vitest';
import type { ConnectDriverOptions } from '../../src/host/connect-driver.js';
import { connectDriver } from '../../src/host/connect-driver.js';
import type { RemoteDriver } from '../../src/host/remote-driver.js';
import { Session } from '../../src/plugin/session.js';
import type { DataPlane } from '../../src/protocol/values.js';
import type { Channel } from './channel.js';
import { memoryChannel } from './channel.js';
import { temporaryDirectory } from './temporary-directory.js';

export interface PairOptions extends Partial<Omit<ConnectDriverOptions, 'input' | 'output'>> {
  readonly factory?: DriverFactory;
  readonly parameters?: Parameters;
  readonly dataPlanes?: readonly DataPlane[];
  readonly channel?: Channel;
}

export interface Pair {
  readonly remote: RemoteDriver;
  readonly session: Session;
  readonly channel: Channel;
  /** Of the data socket. */
  readonly directory: string;
}

export const HOST = { name: 'test', version: '1' };

/** A host and a driver's session in this process. */
export async function connectPair(options: PairOptions = {}): Promise<Pair> {
  const { factory = inmemory, channel = memoryChannel(), parameters = {}, ...more } = options;
  const directory = more.directory ?? (await temporaryDirectory());
  const session = new Session({ ...channel.driver, factory, parameters: {} });
  onTestFinished(() => session.close());
  const remote = await connectDriver({
    ...channel.host,
    name: factory.name,
    parameters,
    host: HOST,
    ...more,
    directory,
  });
  onTestFinished(() => remote.close());
  return { remote, session, channel, directory };
}
