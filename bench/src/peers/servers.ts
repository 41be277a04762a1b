import { accessSync, constants, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, isAbsolute, join } from 'node:path';
import type { StoreLayout } from './seed-store.js';

/** A registry that is measured, and how it is started. */
export interface Server {
  /** As given to `--servers`; stable. */
  readonly name: string;
  readonly command: string;
  /** Before the path of the configuration. */
  readonly args: readonly string[];
  readonly versionArgs: readonly string[];
  readonly layout: StoreLayout;
  /** What survives a power cut once it is acknowledged. */
  readonly durability: string;
  /** The only steps that it is for, unless `--only` names others. */
  readonly steps?: readonly string[];
  config(port: number, store: string): string;
}

/** What the ratios are to. */
export const REFERENCE = 'distribution3';

const CLI = join(createRequire(import.meta.url).resolve('@outrigger/cli/package.json'), '..');
const DURABLE = 'content, links and directories are synced before the answer (the default)';

/** Outrigger in three forms, and its peers, whether this machine has them or not. */
export const SERVERS: readonly Server[] = [
  outrigger('outrigger', DURABLE, { planes: 'file, socket, inline' }),
  outrigger('outrigger-socket', DURABLE, { planes: 'socket' }),
  {
    ...outrigger('outrigger-relaxed', 'none: nothing is synced', {
      planes: 'file, socket, inline',
      commit: 'relaxed',
    }),
    steps: ['tag-put-1', 'tag-put-8', 'image-cycle'],
  },
  {
    ...distribution(REFERENCE, process.env.OUTRIGGER_BENCH_DISTRIBUTION ?? 'registry'),
    durability:
      'every file is synced when it is closed, small ones with their directory; renames of uploads are not',
    config: (port, store) => distributionConfig(port, store, ', tag: {concurrencylimit: 8}'),
  },
  {
    ...distribution('registry2', process.env.OUTRIGGER_BENCH_DOCKER_REGISTRY ?? 'docker-registry'),
    durability: 'every file is synced when it is closed, no directory is',
    config: (port, store) => distributionConfig(port, store, ''),
  },
  {
    name: 'zot',
    command: process.env.OUTRIGGER_BENCH_ZOT ?? 'zot',
    args: ['serve'],
    versionArgs: ['--version'],
    layout: 'oci',
    durability: 'none by default (storage.commit is false)',
    config: (port, store) =>
      JSON.stringify({
        storage: { rootDirectory: store, gc: false, dedupe: false },
        http: { address: '127.0.0.1', port: String(port) },
        log: { level: 'error' },
      }),
  },
];

export function isInstalled({ command }: Server): boolean {
  const places = isAbsolute(command)
    ? [command]
    : (process.env.PATH ?? '').split(delimiter).map((directory) => join(directory, command));
  return places.some((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false; // not there, or not ours to run
    }
  });
}

function outrigger(
  name: string,
  durability: string,
  { planes, commit = 'durable' }: { planes: string; commit?: string },
): Server {
  // Another build can be measured, to compare with.
  const main = process.env.OUTRIGGER_BENCH_OUTRIGGER ?? join(CLI, 'dist', 'main.js');
  const extra = (process.env.OUTRIGGER_BENCH_NODE_ARGS ?? '').split(' ').filter((arg) => arg !== '');
  return {
    name,
    command: process.execPath,
    args: [...startFlags(), ...extra, main, 'serve'],
    versionArgs: [main, '--version'],
    layout: 'distribution',
    durability,
    config: (port, store) =>
      distributionConfig(port, store, '', `, commit: ${commit}`) +
      `outrigger: {drivers: {filesystem: {dataPlanes: [${planes}]}}}\n`,
  };
}

/** The flags of Node in `npm start`, so that what is measured is what is started. */
function startFlags(): string[] {
  const { scripts } = JSON.parse(readFileSync(join(CLI, '..', '..', 'package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  return scripts.start.split(' ').filter((word) => word.startsWith('--'));
}

function distribution(
  name: string,
  command: string,
): Pick<Server, 'name' | 'command' | 'args' | 'versionArgs' | 'layout'> {
  return { name, command, args: ['serve'], versionArgs: ['--version'], layout: 'distribution' };
}

/** That of Distribution's own image, without its access log and with deletes. */
function distributionConfig(port: number, store: string, storage: string, filesystem = ''): string {
  return `version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: ${store}${filesystem}}, cache: {blobdescriptor: inmemory}, delete: {enabled: true}, maintenance: {uploadpurging: {enabled: false}}${storage}}
http: {addr: "127.0.0.1:${port}"}
`;
}
