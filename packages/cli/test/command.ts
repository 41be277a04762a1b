import type { ChildProcessByStdio } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** The command, as it is built. */
export const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

export interface CommandOptions {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command as a real process, with what it has printed so far. */
export class RunningCommand {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly ended: Promise<Ended>;
  stdout = '';
  stderr = '';

  constructor(args: readonly string[], { cwd, environment = {} }: CommandOptions = {}) {
    // Without the folder of the drivers on the PATH: they have to be found anyway.
    const env = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, ...environment };
    this.child = spawn(process.execPath, [MAIN, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.ended = this.#whenEnded();
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  /** Resolves with the match when it was printed; rejects when the command ends without it. */
  async printed(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<RegExpExecArray> {
    const ended = this.ended.then(() => 'ended' as const);
    for (let last: unknown; ; last = await Promise.race([once(this.child[stream], 'data'), ended])) {
      const match = pattern.exec(this[stream]);
      if (match !== null) return match;
      if (last === 'ended') throw new Error(`ended without ${String(pattern)}: ${this.stdout}${this.stderr}`);
    }
  }

  async #whenEnded(): Promise<Ended> {
    const [status, signal] = (await once(this.child, 'close')) as [number | null, NodeJS.Signals | null];
    return { status, signal, stdout: this.stdout, stderr: this.stderr };
  }
}

export function runCommand(args: readonly string[], options?: CommandOptions): Promise<Ended> {
  return new RunningCommand(args, options).ended;
}

/** The processes that a process has started. Linux. */
export function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8');
  return text.split(' ').filter(Boolean).map(Number);
}

export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${String(pid)}/status`, 'utf8'));
  } catch {
    return false;
  }
}
