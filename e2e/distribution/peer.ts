import { execa } from 'execa';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { onTestFinished } from 'vitest';
import { request } from '../harness/http.js';
import { SECRET, freePort } from '../harness/start-registry.js';
import { makeTemporaryDirectory } from '../harness/temporary-directory.js';
import { useTool } from '../harness/tool.js';
import { until } from '../harness/until.js';

/** Distribution 2, as Debian builds it, and distribution 3. */
export const PEERS = ['docker-registry', 'registry'] as const;

export type PeerName = (typeof PEERS)[number];

/** Distribution 3 with the bridge to our drivers in it is one, too. */
type Program = PeerName | 'registry-with-outrigger';

/** Any registry that serves the store in its turn. */
export interface Turn {
  readonly url: string;
  stop(): Promise<unknown>;
}

/** One that Distribution serves. */
export interface Peer extends Turn {
  readonly host: string;
  readonly pid: number;
}

/** Starts Distribution on a store; ends with the test at the latest. */
export async function startPeer(
  context: TestContext,
  name: Program,
  store: string,
  secret = SECRET,
  sections: Readonly<Record<string, unknown>> = {},
): Promise<Peer> {
  const tool = useTool(context, name);
  const address = `127.0.0.1:${await freePort()}`;
  const { file, remove } = await writeConfig(store, address, secret, sections);
  const child = execa(tool, ['serve', file], { env: ENVIRONMENT, reject: false, all: true, stdin: 'ignore' });
  const stop = async () => {
    child.kill('SIGTERM');
    await child;
    await remove();
  };
  onTestFinished(stop);
  const early = child.then(({ all }) => {
    throw new Error(`${name} ended before it was ready:\n${all}`);
  });
  early.catch(() => undefined);
  const url = `http://${address}`;
  await Promise.race([early, until(`an answer of ${name}`, () => answers(url))]);
  return { url, host: address, pid: child.pid ?? 0, stop };
}

/** Runs Distribution's collector on a store that nobody serves, and answers what it printed. */
export async function collectGarbage(
  context: TestContext,
  name: PeerName,
  store: string,
  ...options: readonly string[]
): Promise<string> {
  const tool = useTool(context, name);
  const { file, remove } = await writeConfig(store, '127.0.0.1:0', SECRET);
  try {
    const args = ['garbage-collect', ...options, file];
    return (await execa(tool, args, { env: ENVIRONMENT, all: true, stdin: 'ignore' })).all;
  } finally {
    await remove();
  }
}

/** Without it distribution 3 looks for a collector of traces. */
const ENVIRONMENT = { OTEL_TRACES_EXPORTER: 'none' };

async function writeConfig(store: string, addr: string, secret: string, sections = {}) {
  const { path, remove } = await makeTemporaryDirectory();
  const file = join(path, 'config.yml');
  // JSON is YAML.
  const config = {
    version: '0.1',
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: store },
      delete: { enabled: true },
      cache: { blobdescriptor: 'inmemory' },
    },
    http: { addr, secret },
    ...sections,
  };
  await writeFile(file, JSON.stringify(config));
  return { file, remove };
}

function answers(url: string): Promise<boolean> {
  return request(`${url}/v2/`).then(
    ({ status }) => status === 200,
    () => false,
  );
}
