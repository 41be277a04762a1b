import { Description } from '@outrigger/ipc/host';
import { signalGroup } from './process-group.js';
import { readLimited } from './read-limited.js';
import type { SpawnCommand } from './spawn.js';
import { spawnProcess } from './spawn.js';
import type { Watchdog } from './watchdog.js';

const MAX_OUTPUT = 256 * 1024;

/** What came of `--describe`; without a description the reason, for those who want to know. */
type DescribeResult =
  { readonly description: Description } | { readonly description: undefined; readonly reason: string };

export interface DescribeOptions {
  readonly timeoutMs: number;
  /** Nobody wants to know any more. */
  readonly signal?: AbortSignal | undefined;
  /** Ends what a host that was killed leaves behind of it. */
  readonly watchdog?: Watchdog | undefined;
}

/** Runs `<driver> --describe`: one JSON object on stdout. A driver without it is a driver all the same. */
export async function describeExecutable(
  command: Omit<SpawnCommand, 'args' | 'stdin'>,
  { timeoutMs, signal, watchdog }: DescribeOptions,
): Promise<DescribeResult> {
  watchdog?.prepare();
  const child = await spawnProcess({ ...command, args: ['--describe'], stdin: 'ignore' }).catch(toReason);
  if (typeof child === 'string') return none(child);
  const watched = { group: child.pid };
  watchdog?.watch(watched);
  child.stderr.resume();
  const timeout = AbortSignal.timeout(timeoutMs);
  const deadline = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
  const isLate = () => deadline.aborted;
  const kill = () => {
    signalGroup(child.pid, 'SIGKILL');
  };
  const giveUp = () => {
    kill();
    // A process that left the group may hold the other end for ever.
    child.stdout.destroy();
  };
  deadline.addEventListener('abort', giveUp, { once: true });
  if (deadline.aborted) giveUp();
  try {
    const output = await readLimited(child.stdout, MAX_OUTPUT).catch((error: unknown) => {
      if (!isLate()) throw error;
      return undefined;
    });
    if (isLate()) return late(timeoutMs);
    if (output === undefined) return none(`over ${String(MAX_OUTPUT)} bytes of output`);
    const { exitCode, signal } = await child.exited;
    if (isLate()) return late(timeoutMs);
    if (exitCode !== 0) return none(`--describe ended with ${signal ?? `status ${String(exitCode)}`}`);
    return parse(output);
  } finally {
    deadline.removeEventListener('abort', giveUp);
    kill();
    watchdog?.forget(watched);
    child.stderr.destroy();
  }
}

function parse(output: string): DescribeResult {
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch {
    return none('--describe printed no JSON');
  }
  const { data, error } = Description.safeParse(value);
  if (data !== undefined) return { description: data };
  const issue = error.issues[0];
  return none(`--describe: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not a description'}`);
}

function toReason(error: unknown): string {
  return error instanceof Error ? error.message : 'it cannot be run';
}

function late(timeoutMs: number): DescribeResult {
  return none(`no answer to --describe within ${String(timeoutMs)} ms`);
}

function none(reason: string): { readonly description: undefined; readonly reason: string } {
  return { description: undefined, reason };
}
