import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFailed, onTestFinished, test } from 'vitest';
import { request } from '../harness/http.js';
import { listEntries } from '../harness/list-entries.js';
import { createRandom } from '../harness/random.js';
import { seconds } from '../harness/scale.js';
import type { RegistryOptions, RunningRegistry } from '../harness/start-registry.js';
import { startRegistry } from '../harness/start-registry.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { until } from '../harness/until.js';
import type { Manifest } from './soak/pusher.js';
import { runSoak } from './soak/run-soak.js';

const GRACE_MS = 3000;
const SECTIONS = {
  outrigger: { gc: { enabled: true, interval: '1s', grace: '3s', refresh: '250ms' } },
};
/** Far more than two passes and a lease that was left take: a busy machine is no fault. */
const GARBAGE_MS = 120_000;

test(
  'two hosts on one store, either of them killed again and again: nothing acknowledged is lost, and garbage goes',
  async () => {
    const hosts = await startHosts();
    const durationMs = seconds(20, 1200);
    const stop = new AbortController();
    let kills = 0;
    const killing = killAtRandom(hosts, stop.signal, () => kills++);
    const origins = hosts.map(({ registry }) => registry.url);
    const { journal, kept, audit } = await runSoak({
      origins,
      graceMs: GRACE_MS,
      durationMs,
      seed: 'two hosts',
      isEnough: (seen) => seen.images > 20 && kills > 1,
    });
    stop.abort();
    await killing;
    await audit();
    console.log({ ...journal, kills });
    expect(journal.failures).toEqual([]);
    expect(journal.images).toBeGreaterThan(20);
    expect(kills).toBeGreaterThan(1);
    const [{ store, url }] = hosts.map(({ registry }) => registry) as [RunningRegistry];
    await deleteLeftOver(url, store, new Set(kept.map(({ name, digest }) => `${name}@${digest}`)));
    const wanted = wantedDigests(kept);
    await until(
      'the end of all garbage',
      async () => (await storedDigests(store)).every((digest) => wanted.has(digest)),
      GARBAGE_MS,
    );
    expect(new Set(await storedDigests(store))).toEqual(wanted);
  },
  seconds(360, 1600),
);

interface Host {
  readonly options: RegistryOptions;
  registry: RunningRegistry;
}

async function startHosts(): Promise<Host[]> {
  const store = await temporaryDirectory();
  const hosts: Host[] = [];
  for (let count = 0; count < 2; count++) {
    const first: RegistryOptions = { store, sections: SECTIONS, parameters: { commit: 'relaxed' } };
    const registry = await startRegistry(first);
    const host = { options: { ...first, port: registry.port }, registry };
    hosts.push(host);
    onTestFinished(async () => {
      await host.registry.stop();
    });
    onTestFailed(() => {
      console.log(`host ${String(host.registry.port)} printed:\n${host.registry.logs().slice(-4000)}`);
    });
  }
  return hosts;
}

async function killAtRandom(hosts: readonly Host[], signal: AbortSignal, onKill: () => void): Promise<void> {
  const random = createRandom('kill');
  for (;;) {
    await pause(3000 + 5000 * random(), undefined, { signal }).catch(() => undefined);
    const host = hosts[Math.floor(random() * hosts.length)];
    if (signal.aborted || host === undefined) return;
    host.registry.signal('SIGKILL');
    await host.registry.exited;
    await host.registry.stop();
    host.registry = await startRegistry(host.options);
    onKill();
  }
}

/** What a pusher left when its host was killed between the push and the delete. */
async function deleteLeftOver(url: string, store: string, kept: ReadonlySet<string>): Promise<void> {
  const root = join(store, 'docker/registry/v2/repositories');
  for (const link of await listEntries(root)) {
    const [, name, hex] = /^(.+)\/_manifests\/revisions\/sha256\/([0-9a-f]+)\/link$/.exec(link) ?? [];
    if (name === undefined || hex === undefined || kept.has(`${name}@sha256:${hex}`)) continue;
    // 503 is repeated, as clients do: the collector is at work.
    const status = await until('the answer to a delete', async () => {
      const answer = await request(`${url}/v2/${name}/manifests/sha256:${hex}`, { method: 'DELETE' });
      return answer.status === 503 ? undefined : answer.status;
    });
    expect(status).toBe(202);
  }
}

function wantedDigests(kept: readonly Manifest[]): Set<string> {
  return new Set(kept.flatMap(({ digest, blobs }) => [digest, ...blobs.map((blob) => blob.digest)]));
}

/** All content, as the store's files. */
async function storedDigests(store: string): Promise<string[]> {
  const root = join(store, 'docker/registry/v2/blobs/sha256');
  const files = (await listEntries(root)).filter((path) => path.endsWith('/data'));
  return files.map((path) => `sha256:${path.split('/').at(-2) ?? ''}`);
}
