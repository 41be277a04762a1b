import { execa } from 'execa';
import { dirname, join } from 'node:path';
import { mkdir, writeFile } from 'node:fs/promises';
import { onTestFailed, onTestFinished } from 'vitest';
import { freePort } from './free-port.js';
import { request } from './http.js';
import { MAIN } from './paths.js';
import { driversOf, groupsGone } from './processes.js';
import { makeTemporaryDirectory } from './temporary-directory.js';
import { until } from './until.js';

export { freePort };

export const PLANES = ['file', 'socket', 'inline'] as const;

/** Of `http.secret`: known to every start, so that uploads go on after it. */
export const SECRET = 'known to every start of this test';

/** As the first line of MAIN and `npm start` have it. */
const MEMORY_FLAGS = ['--max-semi-space-size=1', '--initial-old-space-size=64', '--heap-growing-percent=100'];

/** What is shown of a log after a failure, in characters. */
const LOG_TAIL = 4000;

export type Plane = (typeof PLANES)[number];

export interface RegistryOptions {
  /** Default: filesystem. */
  readonly driver?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Default: what the host prefers. */
  readonly plane?: Plane;
  readonly driverDirectories?: readonly string[];
  /** The root directory of the driver. Default: a new one, removed in the end. */
  readonly store?: string;
  readonly port?: number;
  /** More of the configuration, by section. */
  readonly sections?: Readonly<Record<string, unknown>>;
}

/** How a process has ended, and all that it printed. */
export interface Exit {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly output: string;
}

/** `outrigger serve` in a process of its own. */
export interface RunningRegistry {
  readonly url: string;
  /** Host and port, as clients write it. */
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  readonly store: string;
  readonly exited: Promise<Exit>;
  /** Driver processes at this moment; each leads the group of its number. */
  driverPids(): number[];
  /** The only driver, as soon as there is one. */
  driverPid(): Promise<number>;
  /** The one that has taken the place of `former`. */
  newDriverPid(former: number): Promise<number>;
  /** All that it has printed so far. */
  logs(): string;
  signal(name: NodeJS.Signals): void;
  /** SIGTERM, then the end of all that it started. */
  stop(): Promise<Exit>;
}

/** A registry that runs until the end of the test at the latest, and then has left nothing behind. */
export async function testRegistry(options: RegistryOptions = {}): Promise<RunningRegistry> {
  const registry = await startRegistry(options);
  onTestFinished(async () => {
    await registry.stop();
  });
  onTestFailed(() => {
    console.log(`the registry printed:\n${registry.logs().slice(-LOG_TAIL)}`);
  });
  return registry;
}

/** The same for hooks, which stop it themselves. */
export async function startRegistry(options: RegistryOptions = {}): Promise<RunningRegistry> {
  const launched = await launchRegistry(options);
  const { url, exited } = launched;
  let isOver = false;
  const early = exited.then(({ output }) => {
    isOver = true;
    throw new Error(`the registry ended before it was ready:\n${output}`);
  });
  early.catch(() => undefined);
  try {
    await Promise.race([early, until('an answer to GET /v2/', () => isOver || answers(url))]);
  } catch (error) {
    await launched.stop();
    throw error;
  }
  return launched;
}

/** Starts the command and does not wait for anything: it may be one that fails. */
export async function launchRegistry(options: RegistryOptions): Promise<RunningRegistry> {
  const own = await makeTemporaryDirectory();
  const { store = join(own.path, 'store'), port = await freePort() } = options;
  await mkdir(store, { recursive: true });
  const config = join(own.path, 'config.yml');
  await writeFile(config, toConfig(options, store, port));
  const child = execa(process.execPath, [...MEMORY_FLAGS, MAIN, 'serve', config], {
    cwd: own.path,
    env: environment(),
    extendEnv: false,
    reject: false,
    all: true,
    stdin: 'ignore',
    // An orderly stop has the time of http.draintimeout: execa would send SIGKILL 5 seconds after SIGTERM.
    forceKillAfterDelay: false,
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('the registry could not be started');
  let printed = '';
  child.all.setEncoding('utf8').on('data', (text: string) => (printed += text));
  const exited = child.then(({ exitCode, signal }): Exit => ({ exitCode, signal, output: printed }));
  const groups = new Set<number>();
  const driverPids = () => {
    const pids = driversOf(pid).map((driver) => driver.pid);
    for (const group of pids) groups.add(group);
    return pids;
  };
  const host = `127.0.0.1:${port}`;
  return {
    url: `http://${host}`,
    host,
    port,
    pid,
    store,
    exited,
    driverPids,
    driverPid: () => until('one driver process', () => onlyOne(driverPids())),
    newDriverPid: (former) =>
      until(`one driver process in the place of ${former}`, () =>
        onlyOne(driverPids().filter((driver) => driver !== former)),
      ),
    logs: () => printed,
    signal: (name) => child.kill(name),
    async stop() {
      driverPids();
      child.kill('SIGTERM');
      const exit = await exited;
      await groupsGone([...groups]);
      await own.remove();
      return exit;
    },
  };
}

/** JSON is YAML. */
function toConfig(options: RegistryOptions, store: string, port: number): string {
  const { driver = 'filesystem', parameters, plane, driverDirectories = [], sections } = options;
  return JSON.stringify({
    version: '0.1',
    log: { level: 'info', accesslog: { disabled: true } },
    storage: { delete: { enabled: true }, [driver]: { rootdirectory: store, ...parameters } },
    http: { addr: `127.0.0.1:${port}`, secret: SECRET },
    outrigger: {
      profile: 'strict',
      drivers: {
        directories: driverDirectories,
        // The planes behind it serve what it cannot: `file` is for reads only.
        [driver]: plane === undefined ? {} : { dataPlanes: PLANES.slice(PLANES.indexOf(plane)) },
      },
    },
    ...sections,
  });
}

/** Drivers are scripts of Node, which must be the one that runs the tests. */
function environment(): Record<string, string> {
  const { PATH = '', HOME = '/', TMPDIR, XDG_RUNTIME_DIR } = process.env;
  return {
    PATH: `${dirname(process.execPath)}:${PATH}`,
    HOME,
    ...(TMPDIR === undefined ? {} : { TMPDIR }),
    ...(XDG_RUNTIME_DIR === undefined ? {} : { XDG_RUNTIME_DIR }),
  };
}

async function answers(url: string): Promise<boolean> {
  return request(`${url}/v2/`).then(
    ({ status }) => status === 200 || status === 401,
    () => false,
  );
}

function onlyOne(pids: readonly number[]): number | undefined {
  return pids.length === 1 ? pids[0] : undefined;
}
