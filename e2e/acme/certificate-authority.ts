import { execa } from 'execa';
import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'vitest';
import { onTestFinished } from 'vitest';
import { freePort } from '../harness/start-registry.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { useTool } from '../harness/tool.js';
import { until } from '../harness/until.js';
import { startNameServer } from './name-server.js';

export interface AuthorityOptions {
  /** Where it looks for proofs. */
  readonly tlsPort: number;
  /** Of the certificates that it issues, in seconds. */
  readonly validity?: number;
}

/** Pebble: an ACME server as strict as that of Let's Encrypt, and as forgetful as a test wants it. */
export interface Authority {
  readonly directoryUrl: string;
  /** The path of what its own address is verified with. */
  readonly trust: string;
  /** What its certificates are verified with, PEM. It has a new one after each start. */
  readonly root: () => Promise<string>;
  /** How many orders it got since its start. */
  orders(): number;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Not started yet. */
export async function createAuthority(context: TestContext, options: AuthorityOptions): Promise<Authority> {
  const tool = useTool(context, 'pebble');
  const directory = await temporaryDirectory();
  const [port, managementPort] = [await freePort(), await freePort()];
  const trust = ownFile('cert.pem');
  const own = await readFile(trust, 'utf8');
  const config = join(directory, 'pebble.json');
  await writeFile(config, JSON.stringify({ pebble: settings(options, port, managementPort) }));
  const args = ['-config', config, '-dnsserver', await startNameServer()];
  let printed = '';
  let stop = () => Promise.resolve();
  onTestFinished(() => stop());
  const get = (url: string) => getOver(url, own);
  const directoryUrl = `https://127.0.0.1:${port}/dir`;
  const root = () => get(`https://127.0.0.1:${managementPort}/roots/0`);
  const answers = () =>
    Promise.all([get(directoryUrl), root()]).then(
      () => true,
      () => false,
    );
  return {
    directoryUrl,
    trust,
    root,
    orders: () => printed.split('Added order').length - 1,
    async start() {
      printed = '';
      const child = execa(tool, args, { cwd: directory, env: ENVIRONMENT, reject: false, all: true });
      child.all.setEncoding('utf8').on('data', (part: string) => (printed += part));
      stop = async () => {
        child.kill('SIGKILL');
        await child;
      };
      const ended = child.then(() => Promise.reject(new Error(`pebble has ended:\n${printed}`)));
      ended.catch(() => undefined);
      await Promise.race([ended, until('an answer of pebble', answers)]);
    },
    stop: () => stop(),
  };
}

/** Of its own address: made with openssl, for 127.0.0.1 and a hundred years, and trusted by nobody else. */
function ownFile(name: string): string {
  return fileURLToPath(new URL(`address/${name}`, import.meta.url));
}

/** It would wait before each proof, turn some requests down, and prove some hosts by what it remembers. */
const ENVIRONMENT = { PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '5', PEBBLE_AUTHZREUSE: '0' };

function settings({ tlsPort, validity = 7_776_000 }: AuthorityOptions, port: number, managementPort: number) {
  return {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${managementPort}`,
    certificate: ownFile('cert.pem'),
    privateKey: ownFile('key.pem'),
    httpPort: 1,
    tlsPort,
    keyAlgorithm: 'ecdsa',
    domainBlocklist: ['refused.example.org'],
    profiles: { default: { description: 'of the test', validityPeriod: validity } },
  };
}

function getOver(url: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const req = request(url, { ca, agent: false }, (res) => {
      text(res).then(resolve, reject);
    });
    req.on('error', reject).end();
  });
}
