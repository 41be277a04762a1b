import type { ChildProcess } from 'node:child_process';
import { open } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import type { Readable, Writable } from 'node:stream';
import { execa } from 'execa';
import { cleanText } from './clean-text.js';
import type { ParentDeathPrefix } from './parent-death.js';

/** How a process ended: one of the two is set. */
export interface ProcessExit {
  readonly exitCode: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
}

/** A program that leads its own session and process group. */
export interface SpawnedProcess {
  readonly pid: number;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when the process has ended, whoever else still holds its pipes. Never rejects. */
  readonly exited: Promise<ProcessExit>;
}

export interface SpawnCommand {
  /** Absolute. */
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly prefix: ParentDeathPrefix;
  readonly stdin: 'pipe' | 'ignore';
}

/**
 * Starts a program without a shell, with exactly this environment, in the host's working directory.
 *
 * @throws Error in one line when the system cannot start it
 */
export async function spawnProcess({
  file,
  args,
  env,
  prefix,
  stdin,
}: SpawnCommand): Promise<SpawnedProcess> {
  const problem = await missingInterpreter(file);
  if (problem !== undefined) throw new Error(problem);
  const [command = file, ...rest] = [...prefix, file, ...args];
  const subprocess = execa(command, rest, {
    env,
    extendEnv: false,
    buffer: false,
    reject: false,
    shell: false,
    detached: true, // setsid: the terminal's Ctrl-C is for the host, and the group can be killed as a whole
    cleanup: false,
    stdin,
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const child: ChildProcess = subprocess.nodeChildProcess;
  const { pid } = child;
  // execa throws away output that nobody reads after a turn of the event loop; ours waits for its reader.
  subprocess.stdout.pause();
  if (pid === undefined) {
    const { originalMessage = 'unknown reason' } = await subprocess;
    throw new Error(`cannot be run: ${originalMessage}`);
  }
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('exit', (exitCode, signal) => {
      resolve({ exitCode: exitCode ?? undefined, signal: signal ?? undefined });
    });
  });
  subprocess.catch(() => undefined);
  const { stdout, stderr } = subprocess;
  return { pid, stdin: child.stdin ?? new PassThrough(), stdout, stderr, exited };
}

/** The system answers ENOENT for a script whose interpreter is absent, as if the script were. */
async function missingInterpreter(file: string): Promise<string | undefined> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(256), 0, 256, 0);
    const line = buffer.toString('latin1', 0, bytesRead).split('\n')[0] ?? '';
    const interpreter = /^#!\s*(\/\S+)/.exec(line)?.[1];
    if (interpreter === undefined) return undefined;
    const exists = await open(interpreter, 'r').then(
      (found) => found.close().then(() => true),
      (error: unknown) => !(error instanceof Error && 'code' in error && error.code === 'ENOENT'),
    );
    return exists ? undefined : `its interpreter is missing: ${cleanText(line)}`;
  } finally {
    await handle.close();
  }
}
