import { execa } from 'execa';
import { until } from './until.js';

export interface ServerLaunch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** An address that the server answers, with whatever status, when it is ready. */
  readonly url: string;
  /** How that is found out. Default: fetch. */
  readonly answers?: (url: string) => Promise<boolean>;
  /** For how long that is waited for. Default: as `until` has it. */
  readonly timeoutMs?: number;
}

/** A server that a test may kill, and start again at the same port and on the same data. */
export interface ServerProcess {
  /** Resolves when it answers. */
  start(): Promise<void>;
  /** SIGKILL; resolves when the process is gone. Harmless when it is gone already. */
  kill(): Promise<void>;
  /** Of the latest start. */
  pid(): number;
}

export async function startServer(launch: ServerLaunch): Promise<ServerProcess> {
  let child = run(launch);
  const kill = async () => {
    child.kill('SIGKILL');
    await child;
  };
  const ready = async () => {
    let isOver = false;
    const ended = child.then(({ all }) => {
      isOver = true;
      throw new Error(`${launch.command} has ended:\n${all}`);
    });
    ended.catch(() => undefined);
    await Promise.race([
      ended,
      until(
        `an answer of ${launch.command}`,
        () => isOver || (launch.answers ?? isAnswering)(launch.url),
        launch.timeoutMs,
      ),
    ]);
  };
  try {
    await ready();
  } catch (error) {
    await kill();
    throw error;
  }
  return {
    kill,
    pid: () => child.pid ?? 0,
    async start() {
      child = run(launch);
      await ready();
    },
  };
}

/** Whether anything comes back, whatever its status. */
export function isAnswering(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(5_000) }).then(
    async (answer) => {
      await answer.body?.cancel();
      return true;
    },
    () => false,
  );
}

function run({ command, args, env = {} }: ServerLaunch) {
  const { PATH = '', HOME = '/' } = process.env;
  return execa(command, args, {
    env: { PATH, HOME, ...env },
    extendEnv: false,
    reject: false,
    all: true,
    stdin: 'ignore',
    maxBuffer: 1_000_000,
  });
}
