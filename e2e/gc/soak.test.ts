import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checkDriver } from '@outrigger/driver';
import type { StorageDriver } from '@outrigger/driver';
import { inmemory } from '@outrigger/plugin-memory';
import type { Gate, Pass } from '@outrigger/registry';
import { SERVER_OPTIONS, createGate, createRegistry, startSweeper } from '@outrigger/registry';
import { expect, onTestFinished, test } from 'vitest';
import { scaled, seconds } from '../harness/scale.js';
import type { Journal } from './soak/journal.js';
import { runSoak } from './soak/run-soak.js';

const LOG = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (fields: unknown, message: string) => {
    console.log(message, fields);
  },
};

interface Hosts {
  readonly origins: string[];
  readonly passes: Pass[];
  readonly driver: StorageDriver;
}

interface HostOptions {
  readonly count: number;
  readonly graceMs: number;
  readonly refreshMs: number;
  readonly deleteUntagged: boolean;
  /** What becomes of a gate before the registry gets it. */
  readonly spoil?: (gate: Gate) => Gate;
}

/** Several registries with their sweepers over one store, in this process. */
async function startHosts({ count, graceMs, refreshMs, deleteUntagged, spoil }: HostOptions): Promise<Hosts> {
  const driver = checkDriver(await inmemory.create({}));
  const hosts: Hosts = { origins: [], passes: [], driver };
  for (let host = 0; host < count; host++) {
    const gate = createGate({ driver, log: LOG, refreshMs });
    const sweeper = startSweeper({
      driver,
      log: LOG,
      gate,
      intervalMs: 100,
      graceMs,
      refreshMs,
      deleteUntagged,
      dryRun: false,
      onPass: (pass) => void hosts.passes.push(pass),
    });
    const registry = createRegistry({
      driver,
      log: LOG,
      secret: Buffer.from('the same for all hosts'),
      deleteEnabled: true,
      gate: spoil === undefined ? gate : spoil(gate),
    });
    const server = createServer(SERVER_OPTIONS, registry.handle);
    hosts.origins.push(await listen(server));
    onTestFinished(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await registry.close();
      await sweeper.close();
      gate.close();
    });
  }
  return hosts;
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${String(port)}`;
}

function total({ passes }: Hosts): { blobs: number; manifests: number } {
  return {
    blobs: passes.reduce((sum, pass) => sum + pass.blobs, 0),
    manifests: passes.reduce((sum, pass) => sum + pass.manifests, 0),
  };
}

const WORK = ['images', 'blobsFound', 'mounts', 'referrers', 'indexes', 'deletes'] as const;

/** What a soak has to see before it means anything. */
function isWorkDone(journal: Journal, hosts: Hosts, deleteUntagged: boolean): boolean {
  const { blobs, manifests } = total(hosts);
  const isCollected = blobs > scaled(20, 1000) && (!deleteUntagged || manifests > 0);
  return isCollected && WORK.every((key) => journal[key] > 0);
}

test.each([
  ['one host', 1, false],
  ['two hosts, untagged manifests go too', 2, true],
] as const)(
  'what was acknowledged lives through the grace period: %s',
  async (_what, count, deleteUntagged) => {
    const graceMs = 1000;
    const hosts = await startHosts({ count, graceMs, refreshMs: 50, deleteUntagged });
    const durationMs = seconds(8, 600);
    const { origins } = hosts;
    const isEnough = (journal: Journal) => isWorkDone(journal, hosts, deleteUntagged);
    const soak = await runSoak({ origins, graceMs, durationMs, isEnough, deleteUntagged, seed: _what });
    const { journal } = soak;
    // The others are left to their tags, which move on.
    if (!deleteUntagged) await soak.audit();
    console.log(_what, { ...journal, passes: hosts.passes.length, ...total(hosts) });
    expect(journal.failures).toEqual([]);
    expect(isEnough(journal), 'what it has to see').toBe(true);
  },
  seconds(240, 1200),
);

test(
  'the soak finds it when nothing is rescued',
  async () => {
    const spoil = (gate: Gate): Gate => ({
      ...gate,
      version: 0,
      permits: () => true,
      admit: () => Promise.resolve(),
    });
    const hosts = await startHosts({ count: 1, graceMs: 1000, refreshMs: 50, deleteUntagged: false, spoil });
    const { origins } = hosts;
    // The first failure ends it.
    const { journal } = await runSoak({ origins, graceMs: 1000, durationMs: seconds(150), seed: 'spoilt' });
    expect(journal.failures.length).toBeGreaterThan(0);
  },
  seconds(240),
);
