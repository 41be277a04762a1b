import { spawnSync } from 'node:child_process';
import { median } from '../median.js';
import type { Client } from './client.js';
import { treeUsage } from './process-tree.js';
import type { Scale } from './scale.js';
import type { RunningServer } from './start-server.js';
import type { Step } from './step.js';
import { warmMemory } from './warm-memory.js';

/** One round of a step. */
export interface Round {
  readonly value: number;
  readonly units: number;
  readonly seconds: number;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  /** All processes of the server. */
  readonly serverCpuSeconds: number;
  readonly clientCpuSeconds: number;
}

/** Medians over the rounds of a step against one server. */
export interface Figure {
  readonly step: string;
  readonly server: string;
  /** In the unit of the step. */
  readonly value: number;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  /** CPU seconds of the server for a thousand units. */
  readonly cpuPerThousand: number;
  /** Share of one core that the client used: near 1, the client is the limit. */
  readonly clientBusy: number;
  /** Of all processes added up, from their start to the end of this step. */
  readonly peakMiB: number;
  readonly rounds: readonly Round[];
}

/** Without a pid, the server is not watched, and what it holds not verified. */
export type Subject = Pick<RunningServer, 'port'> & Partial<Pick<RunningServer, 'pid' | 'directory'>>;

export async function runStep(
  step: Step,
  name: string,
  subject: Subject,
  { client, scale }: { client: Client; scale: Scale },
): Promise<Figure> {
  const { port, pid } = subject;
  await client.perform({ call: 'start', step: step.name, context: { port, scale } });
  try {
    const rounds: Round[] = [];
    for (let round = -1; round < scale.rounds; round++) {
      const measured = await runRound(step, round, subject, client);
      if (round >= 0) rounds.push(measured);
    }
    const peakMiB = pid === undefined ? Number.NaN : treeUsage(pid).peakMiB;
    if (pid !== undefined) await client.perform({ call: 'verify' });
    return summarize(step.name, name, rounds, peakMiB);
  } finally {
    await client.perform({ call: 'close' });
  }
}

async function runRound(
  { unit, store }: Step,
  round: number,
  { pid, directory }: Subject,
  client: Client,
): Promise<Round> {
  await client.perform({ call: 'arrange', round });
  // What a server has left to the kernel is not for the next round to pay.
  if (directory !== undefined) spawnSync('sync', ['-f', directory]);
  if (directory !== undefined && store === 'empty') warmMemory(directory);
  const before = cpuOf(pid);
  const result = await client.perform({ call: 'run' });
  const serverCpuSeconds = cpuOf(pid) - before;
  if (result === undefined) throw new Error('the client measured nothing');
  const { units, seconds, p50Ms, p99Ms, clientCpuSeconds } = result;
  const value = unit === 'ms' ? (p50Ms ?? Number.NaN) : units / seconds;
  return { value, units, seconds, p50Ms, p99Ms, serverCpuSeconds, clientCpuSeconds };
}

function cpuOf(pid: number | undefined): number {
  return pid === undefined ? Number.NaN : treeUsage(pid).cpuSeconds;
}

function summarize(step: string, server: string, rounds: readonly Round[], peakMiB: number): Figure {
  const middle = (pick: (round: Round) => number | undefined) => {
    const values = rounds.flatMap((round) => pick(round) ?? []);
    return values.length === 0 ? undefined : median(values);
  };
  return {
    step,
    server,
    value: middle(({ value }) => value) ?? Number.NaN,
    p50Ms: middle(({ p50Ms }) => p50Ms),
    p99Ms: middle(({ p99Ms }) => p99Ms),
    cpuPerThousand: middle(({ serverCpuSeconds, units }) => (serverCpuSeconds / units) * 1000) ?? Number.NaN,
    clientBusy: middle(({ clientCpuSeconds, seconds }) => clientCpuSeconds / seconds) ?? Number.NaN,
    peakMiB,
    rounds,
  };
}
