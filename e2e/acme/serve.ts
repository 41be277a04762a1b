import { execa } from 'execa';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFailed, onTestFinished } from 'vitest';
import { MAIN } from '../harness/paths.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { until } from '../harness/until.js';

/** `outrigger serve` with certificates of an ACME server. */
export interface Served {
  readonly port: number;
  /** The lines of its log with that message. */
  messages(message: string): Record<string, unknown>[];
  /** The first line of its log with that message. */
  said(message: string): Promise<Record<string, unknown>>;
  logs(): string;
  signal(name: NodeJS.Signals): void;
  stop(): Promise<{ readonly exitCode: number | undefined }>;
}

export interface ServeOptions {
  /** `http.tls`. */
  readonly tls: Readonly<Record<string, unknown>>;
  /** The path of what the address of the CA is verified with. */
  readonly trust: string;
  /** Default: one process serves. */
  readonly workers?: number;
}

/** Runs until the end of the test at the latest, on a port that it finds itself. */
export async function serve(options: ServeOptions): Promise<Served> {
  const directory = await temporaryDirectory();
  const file = join(directory, 'config.yml');
  await mkdir(join(directory, 'store'));
  await writeFile(file, toConfig(options, join(directory, 'store')));
  const env = { PATH: process.env.PATH ?? '', HOME: directory, NODE_EXTRA_CA_CERTS: options.trust };
  const child = execa(process.execPath, [MAIN, 'serve', file], {
    cwd: directory,
    env,
    extendEnv: false,
    reject: false,
    all: true,
    stdin: 'ignore',
    forceKillAfterDelay: false,
  });
  let printed = '';
  child.all.setEncoding('utf8').on('data', (part: string) => (printed += part));
  const stop = async () => {
    child.kill('SIGTERM');
    const { exitCode } = await child;
    return { exitCode };
  };
  onTestFinished(async () => {
    await stop();
  });
  onTestFailed(() => {
    console.log(`the registry printed:\n${printed}`);
  });
  const messages = (message: string) => linesOf(printed).filter(({ msg }) => String(msg).includes(message));
  const ended = child.then(() => Promise.reject(new Error(`the registry has ended:\n${printed}`)));
  ended.catch(() => undefined);
  const said = (message: string) =>
    Promise.race([ended, until(`"${message}" in the log`, () => messages(message)[0])]);
  const { address } = await said('listening');
  return {
    port: Number(String(address).split(':').at(-1)),
    messages,
    said,
    logs: () => printed,
    signal: (name) => child.kill(name),
    stop,
  };
}

function toConfig({ tls, workers = 1 }: ServeOptions, store: string): string {
  // JSON is YAML.
  return JSON.stringify({
    version: '0.1',
    log: { formatter: 'json', accesslog: { disabled: true } },
    storage: workers === 1 ? { inmemory: {} } : { filesystem: { rootdirectory: store } },
    http: { addr: '127.0.0.1:0', secret: 'a secret of this test', draintimeout: '5s', tls },
    outrigger: { profile: 'strict', workers },
  });
}

function linesOf(printed: string): Record<string, unknown>[] {
  // The last one may not be there in full.
  return printed
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
