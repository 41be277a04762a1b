import { setTimeout as pause } from 'node:timers/promises';
import { type Parameters, type StorageDriver, listAll } from '@outrigger/driver';
import { CaseSkipped } from '../case.js';
import { type Prepare, LeftoversError } from '../run.js';
import { type Scratch, createScratch } from '../scratch.js';
import { resultOf } from './answers.js';
import { LIMITS } from './limits.js';
import type { ProtocolContext } from './protocol-context.js';
import { type ExplainResult, type RawClient, startRawClient } from './raw-client.js';

/** An executable that speaks the protocol. */
export interface ProtocolTarget {
  /** Absolute path. */
  readonly file: string;
  readonly parameters: Parameters;
  /** Another instance on the same store, which empties it after each case. Left out: what a case leaves stays. */
  readonly cleaner?: StorageDriver | undefined;
  /** Default: this process's own. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Nothing outlives the process. Default: false. */
  readonly ephemeral?: boolean | undefined;
  /** Looks at every result. Absent: the cases alone do. */
  readonly explainResult?: ExplainResult | undefined;
}

/** Gives every case a way to start the driver, ends what it started, and empties the store. */
export function prepareProtocol(target: ProtocolTarget): Prepare<ProtocolContext> {
  const { file, parameters, cleaner, ephemeral = false, explainResult } = target;
  // What steers an interpreter is not passed on; hosts do not pass it either.
  const environment = { ...(target.environment ?? process.env), NODE_OPTIONS: undefined };
  return async (_test, signal) => {
    const clients: RawClient[] = [];
    const scratch = createScratch(Math.floor(Math.random() * 2 ** 31));
    const run = (args: readonly string[]) => {
      const client = startRawClient({ file, args, environment, explainResult });
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
      if (!ephemeral && cleaner !== undefined) await emptyStore(cleaner, scratch);
      for (const { fault } of speakers) if (fault !== undefined) throw fault;
    };
    return { context, finish, note: () => clients.at(-1)?.lastWords() };
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

/** What a killed process had asked a server for may be done after its end: it is looked at until nothing comes. */
async function emptyStore(driver: StorageDriver, scratch: Scratch): Promise<void> {
  if (scratch.claimed().length === 0) return;
  for (let look = 1; ; look++) {
    await scratch.cleanUp(driver);
    const leftovers: string[] = [];
    for await (const { path } of listAll(driver, '/')) leftovers.push(path);
    if (leftovers.length === 0) return;
    if (look === LOOKS) throw new LeftoversError(leftovers);
    await pause(LOOK_EVERY_MS);
  }
}

const LOOKS = 20;
const LOOK_EVERY_MS = 250;
