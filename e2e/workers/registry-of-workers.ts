import { onTestFinished } from 'vitest';
import { driversOf, isRunning, listProcesses } from '../harness/processes.js';
import { request } from '../harness/http.js';
import type { RegistryOptions, RunningRegistry } from '../harness/start-registry.js';
import { SECRET, freePort, testRegistry } from '../harness/start-registry.js';
import { until } from '../harness/until.js';

export interface RegistryOfWorkers extends RunningRegistry {
  /** Processes that serve, at this moment. */
  readonly workerPids: () => number[];
  /** As soon as there are so many as are configured, none of them one of `former`. */
  readonly newWorkers: (former: readonly number[]) => Promise<number[]>;
  /** Of all of its processes. */
  readonly allDriverPids: () => number[];
  /** All that belongs to it, at this moment. */
  readonly allPids: () => number[];
  /** Prometheus' text. */
  readonly metrics: () => Promise<string>;
}

export const COUNT = 2;

/** A registry that two processes serve, and that runs until the end of the test at the latest. */
export async function testWorkers(
  options: Pick<RegistryOptions, 'driver' | 'sections' | 'store' | 'parameters'> & {
    readonly own?: Readonly<Record<string, unknown>>;
  } = {},
): Promise<RegistryOfWorkers> {
  const [port, debugPort] = [await freePort(), await freePort()];
  const { own, sections, ...others } = options;
  const prometheus = { enabled: true, path: '/metrics' };
  const registry = await testRegistry({
    ...others,
    port,
    sections: {
      http: {
        addr: `127.0.0.1:${port}`,
        secret: SECRET,
        debug: { addr: `127.0.0.1:${debugPort}`, prometheus },
      },
      outrigger: { profile: 'strict', workers: COUNT, ...own },
      ...sections,
    },
  });
  const debug = `http://127.0.0.1:${debugPort}`;
  const workerPids = () =>
    listProcesses()
      .filter(({ parent, command }) => parent === registry.pid && command[0]?.startsWith('outrigger worker'))
      .map(({ pid }) => pid);
  const allDriverPids = () => [registry.pid, ...workerPids()].flatMap(driversOf).map(({ pid }) => pid);
  const allPids = () => [registry.pid, ...workerPids(), ...allDriverPids()];
  await until(
    'all workers',
    async () => (await request(`${debug}/debug/health/ready`).catch(() => undefined))?.status === 200,
  );
  const atStart = allPids();
  onTestFinished(async () => {
    await registry.stop();
    await until('the end of all processes', () => !atStart.some(isRunning));
  });
  return {
    ...registry,
    workerPids,
    allDriverPids,
    allPids,
    newWorkers: (former) =>
      until(`workers in the place of ${former.join(', ')}`, async () => {
        const pids = workerPids().filter((pid) => !former.includes(pid));
        const text = await metricsOf(debug);
        const isServing = text.includes(`\noutrigger_workers ${String(COUNT)}\n`);
        return isServing && workerPids().length === COUNT && pids.length > 0 ? pids : undefined;
      }),
    metrics: () => metricsOf(debug),
  };
}

async function metricsOf(debug: string): Promise<string> {
  return (await request(`${debug}/metrics`)).body.toString();
}
