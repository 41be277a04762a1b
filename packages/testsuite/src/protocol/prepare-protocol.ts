import type { Parameters } from '@outrigger/driver';
import { CaseSkipped } from '../case.js';
import { type Prepare, LeftoversError } from '../run.js';
import { createScratch } from '../scratch.js';
import { resultOf } from './answers.js';
import type { ProtocolContext } from './protocol-context.js';
import { type RawClient, startRawClient } from './raw-client.js';

/** An executable that speaks the protocol. */
export interface ProtocolTarget {
  /** Absolute path. */
  readonly file: string;
  readonly parameters: Parameters;
  /** Default: this process's own. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Nothing outlives the process. Default: false. */
  readonly ephemeral?: boolean | undefined;
}

/** The numbers of version 1. */
const LIMITS = {
  headerBytes: 4096,
  messageBytes: 1_048_576,
  nesting: 32,
  inlineChunkBytes: 262_144,
  smallContentBytes: 32_768,
  putBytes: 8_388_608,
  pageEntries: 1000,
  streams: 256,
  preambleBytes: 4096,
};

/** Gives every case a way to start the driver, ends what it started, and empties the store. */
export function prepareProtocol(target: ProtocolTarget): Prepare<ProtocolContext> {
  const { file, parameters, ephemeral = false } = target;
  // What steers an interpreter is not passed on; hosts do not pass it either.
  const environment = { ...(target.environment ?? process.env), NODE_OPTIONS: undefined };
  return async (_test, signal) => {
    const clients: RawClient[] = [];
    const scratch = createScratch(Math.floor(Math.random() * 2 ** 31));
    const run = (args: readonly string[]) => {
      const client = startRawClient({ file, args, environment });
      clients.push(client);
      return client;
    };
    const speakers: RawClient[] = [];
    const start = (args: readonly string[] = ['{}']) => {
      const client = run(args);
      speakers.push(client);
      return client;
    };
    const initializeParams = (changes: Record<string, unknown> = {}) => ({
      protocolVersions: [1],
      host: { name: 'outrigger-conformance', version: '0.1.0' },
      hostPid: process.pid,
      parameters,
      dataPlanes: ['inline'],
      limits: LIMITS,
      ...changes,
    });
    const open = async () => {
      const client = start();
      resultOf(await client.request('initialize', initializeParams()));
      client.notify('initialized', { dataPlanes: ['inline'] });
      return client;
    };
    const context = { run, start, open, initializeParams, parameters, ephemeral, scratch, signal };
    const finish = async () => {
      await endAll(clients);
      if (!ephemeral && scratch.claimed().length > 0) await emptyStore(context);
      await endAll(clients);
      for (const { fault } of speakers) if (fault !== undefined) throw fault;
    };
    return { context, finish };
  };
}

/** Ends the case where a store does not outlive its process. */
export function needsDurableStore({ ephemeral }: ProtocolContext): void {
  if (ephemeral) throw new CaseSkipped('the store does not outlive its process');
}

async function endAll(clients: readonly RawClient[]): Promise<void> {
  for (const client of clients) {
    client.signal('SIGKILL');
    await client.exited;
  }
}

async function emptyStore({ open, scratch }: ProtocolContext): Promise<void> {
  const client = await open();
  for (const path of scratch.claimed()) await client.request('delete', { path });
  const { entries } = resultOf(await client.request('list', { path: '/' }));
  if (Array.isArray(entries) && entries.length > 0)
    throw new LeftoversError(entries.map((entry) => JSON.stringify(entry)));
}
