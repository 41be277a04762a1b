import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFailed, onTestFinished, test } from 'vitest';
import { createContent } from '../harness/content.js';
import { request } from '../harness/http.js';
import { createRandom } from '../harness/random.js';
import { seconds } from '../harness/scale.js';
import type { RegistryOptions, RunningRegistry } from '../harness/start-registry.js';
import { startRegistry } from '../harness/start-registry.js';
import { checkStore } from '../harness/store-check.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { until } from '../harness/until.js';
import { isLinearizable } from './linearizable.js';
import type { Journal } from './writer.js';
import { NAME, runWriter } from './writer.js';

/** F28. */
test(
  'two hosts on one store, with eight writers each, and one of them killed: every tag is linearizable and whole',
  async () => {
    const hosts = await startHosts();
    const journal: Journal = { histories: new Map(), pushed: [], counts: {}, faults: [] };
    const tags = Array.from({ length: 8 }, (_, index) => `t${index}`);
    const layers = ['a', 'b', 'c'].map((seed) => createContent(seed, 40_000));
    const stop = new AbortController();
    const urls = hosts.map(({ registry }) => registry.url);
    const writers = Array.from({ length: 16 }, (_, index) => {
      const id = `writer ${index}`;
      const own = index % 2 === 0 ? urls : urls.toReversed();
      return runWriter({ urls: own, tags, layers, journal, id, random: createRandom(id) }, stop.signal);
    });
    let kills = 0;
    const killing = killNowAndThen(hosts, stop.signal, () => kills++);
    const isEnough = () => kills > 0 && ACTS.every((what) => (journal.counts[what] ?? 0) > 0);
    const enough = pause(seconds(20, 600)).then(() => until('some of everything', isEnough));
    await Promise.race([enough, ...writers, killing]).finally(() => stop.abort());
    await Promise.all([killing, ...writers]);
    await readAll(urls, tags, journal);
    console.log({ ...journal.counts, kills });
    expect(journal.faults).toEqual([]);
    for (const [tag, history] of journal.histories) {
      const isRight = isLinearizable(history);
      if (!isRight) console.log(tag, JSON.stringify(history));
      expect(isRight, `${tag} of ${history.length} operations`).toBe(true);
    }
    const [{ registry }] = hosts as [Host];
    await checkStore(registry.store);
  },
  seconds(300, 900),
);

const ACTS = ['pushes', 'uploads', 'pulls', 'tag deletes', 'manifest deletes'];

interface Host {
  readonly options: RegistryOptions;
  registry: RunningRegistry;
}

async function startHosts(): Promise<Host[]> {
  const store = await temporaryDirectory();
  const hosts: Host[] = [];
  for (let count = 0; count < 2; count++) {
    // All writers are one client by their address; of an upload that is killed with its host nobody tells.
    const sections = { outrigger: { profile: 'strict', limits: { uploadsPerUser: 0 } } };
    const first: RegistryOptions = { store, parameters: { commit: 'relaxed' }, sections };
    const registry = await startRegistry(first);
    const host: Host = { options: { ...first, port: registry.port }, registry };
    hosts.push(host);
    onTestFinished(async () => {
      await host.registry.stop();
    });
    onTestFailed(() => {
      console.log(`host ${host.registry.port} printed:\n${host.registry.logs().slice(-3000)}`);
    });
  }
  return hosts;
}

async function killNowAndThen(
  hosts: readonly Host[],
  signal: AbortSignal,
  onKill: () => void,
): Promise<void> {
  const random = createRandom('kill');
  for (let count = 0; ; count++) {
    await pause(5000 + 4000 * random(), undefined, { signal }).catch(() => undefined);
    const host = hosts[count % hosts.length];
    if (signal.aborted || host === undefined) return;
    host.registry.signal('SIGKILL');
    await host.registry.exited;
    await host.registry.stop();
    host.registry = await startRegistry(host.options);
    onKill();
  }
}

/** The last word of both hosts on every tag, and that what is listed is there. */
async function readAll(urls: readonly string[], tags: readonly string[], journal: Journal): Promise<void> {
  for (const url of urls) {
    const list = await request(`${url}/v2/${NAME}/tags/list`);
    const { tags: listed } = JSON.parse(list.body.toString()) as { tags: string[] };
    for (const tag of tags) {
      const begin = performance.now();
      const { status, headers } = await request(`${url}/v2/${NAME}/manifests/${tag}`);
      const value = status === 200 ? String(headers['docker-content-digest']) : undefined;
      journal.histories.get(tag)?.push({ kind: 'get', value, begin, end: performance.now() });
      if (listed.includes(tag) && value === undefined) journal.faults.push(`${tag} is listed, and ${status}`);
      if (value === undefined) continue;
      const byDigest = await request(`${url}/v2/${NAME}/manifests/${value}`);
      if (byDigest.status !== 200) journal.faults.push(`${value} of ${tag}: ${byDigest.status}`);
    }
  }
}
