import type { Client } from './client.js';
import type { DiskSpeed } from './disk-speed.js';
import { measureDisk } from './disk-speed.js';
import type { Options } from './options.js';
import { treeUsage } from './process-tree.js';
import type { ServerReport } from './report.js';
import type { Figure } from './run-step.js';
import { runStep } from './run-step.js';
import { seedStore } from './seed-store.js';
import type { Server } from './servers.js';
import { startServer, versionOf } from './start-server.js';
import type { Step } from './step.js';

export interface MeasureOptions extends Pick<Options, 'steps' | 'scale' | 'chosen'> {
  /** Has the store that is larger than the caches. */
  readonly store: string;
  readonly print: (text: string) => void;
}

interface Gathered {
  readonly figures: Figure[];
  readonly failures: Record<string, string>;
  disk: DiskSpeed | undefined;
  peakMiB: number;
  processes: ServerReport['processes'];
}

/** All steps against one server: it starts once on an empty store and once on the seeded one, as the steps need it. */
export async function measureServer(
  server: Server,
  client: Client,
  options: MeasureOptions,
): Promise<ServerReport> {
  const gathered: Gathered = { figures: [], failures: {}, disk: undefined, peakMiB: 0, processes: [] };
  const wanted = options.steps.filter(({ name }) => options.chosen || (server.steps?.includes(name) ?? true));
  for (const store of ['empty', 'seeded'] as const) {
    const steps = wanted.filter((step) => step.store === store);
    if (steps.length === 0) continue;
    try {
      await measureOn(store, steps, { server, client, options, gathered });
    } catch (error) {
      fail(steps, error, gathered, options.print);
    }
  }
  const { name, durability } = server;
  return { name, version: versionOf(server), durability, ...gathered };
}

async function measureOn(
  store: Step['store'],
  steps: readonly Step[],
  parts: { server: Server; client: Client; options: MeasureOptions; gathered: Gathered },
): Promise<void> {
  const { server, client, options, gathered } = parts;
  const { scale, print } = options;
  const root = store === 'seeded' ? seedStore(options.store, scale.distinct, server.layout) : undefined;
  const running = await startServer(server, root);
  try {
    if (store === 'empty') gathered.disk = await measureDisk(running.directory, scale.largeBytes);
    for (const step of steps) {
      try {
        const figure = await runStep(step, server.name, running, { client, scale });
        gathered.figures.push(figure);
        print(`${server.name}: ${step.name} ${figure.value.toFixed(1)} ${step.unit}`);
      } catch (error) {
        fail([step], error, gathered, print);
      }
    }
    const { peakMiB, processes } = treeUsage(running.pid);
    if (peakMiB > gathered.peakMiB) Object.assign(gathered, { peakMiB, processes });
  } finally {
    await running.stop();
  }
}

/** The other steps and servers go on. */
function fail(
  steps: readonly Step[],
  error: unknown,
  { failures }: Gathered,
  print: MeasureOptions['print'],
): void {
  const why = error instanceof Error ? error.message : String(error);
  for (const { name } of steps) failures[name] = why.split('\n', 1)[0] ?? '';
  print(`failed: ${steps.map(({ name }) => name).join(', ')}: ${why}`);
}
