import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SupervisedDriver } from '../src/index.js';
import { openDriver } from '../src/index.js';
import { SHORT, pidOf } from './open-chaos.js';
import { recordingLog } from './recording-log.js';

const CHAOS = fileURLToPath(new URL('chaos/chaos.mjs', import.meta.url));

/** What each driver asks for, and what of the environment below that means. */
const CLOUDS = {
  s3: {
    asks: ['AWS_*'],
    gets: ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_WEB_IDENTITY_TOKEN_FILE'],
  },
  gcs: { asks: ['GOOGLE_*'], gets: ['GOOGLE_APPLICATION_CREDENTIALS'] },
  azure: { asks: ['AZURE_*'], gets: ['AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET', 'AZURE_TENANT_ID'] },
  plain: { asks: [], gets: [] },
} as const;
type Cloud = keyof typeof CLOUDS;
const NAMES = Object.keys(CLOUDS) as Cloud[];

const SECRETS = {
  AWS_ACCESS_KEY_ID: 'AKHUNTER2AWS',
  AWS_SECRET_ACCESS_KEY: 'hunter2-of-aws',
  AWS_WEB_IDENTITY_TOKEN_FILE: '/run/hunter2/aws',
  GOOGLE_APPLICATION_CREDENTIALS: '/run/hunter2/google.json',
  AZURE_TENANT_ID: 'hunter2-tenant',
  AZURE_CLIENT_ID: 'hunter2-client',
  AZURE_CLIENT_SECRET: 'hunter2-of-azure',
  REGISTRY_STORAGE_S3_SECRETKEY: 'hunter2-of-the-registry',
  REGISTRY_HTTP_SECRET: 'hunter2-of-http',
  // Near misses of the patterns.
  AWSOME: 'hunter2-awsome',
  MY_AWS_SECRET_ACCESS_KEY: 'hunter2-mine',
  GOOGLE: 'hunter2-google',
};

let directory = '';
const log = recordingLog();
const drivers = new Map<Cloud, SupervisedDriver>();

/** All of them at once, in one host with one environment, each with a secret of its own among its parameters. */
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'outrigger-clouds-'));
  for (const name of NAMES) {
    await install(name);
    const driver = await openDriver({
      hostVersion: '0.0.0',
      driver: name,
      driverDirectories: [directory],
      pathLookup: false,
      parameters: {
        root: join(directory, `${name}-store`),
        secret: secretOf(name),
        credentials: { secret: nestedSecretOf(name), clientid: 'not secret, and in the map of one' },
        misspelt: secretOf(name),
      },
      environment: { ...process.env, ...SECRETS },
      log,
      timings: SHORT,
    });
    drivers.set(name, driver);
  }
});
afterAll(async () => {
  await Promise.all([...drivers.values()].map((driver) => driver.close()));
  await rm(directory, { recursive: true });
});

test.each(NAMES)('%s: what it asks for reaches it, and nothing that is for another', async (name) => {
  const environment = await environmentOf(name);
  const ofClouds = Object.keys(SECRETS).filter((each) => environment.has(each));
  expect(ofClouds.sort()).toEqual(CLOUDS[name].gets);
  for (const each of CLOUDS[name].gets) expect(environment.get(each)).toBe(SECRETS[each]);
});

test.each(NAMES)(
  '%s: no parameter that is secret, nested or misspelt is in its environment',
  async (name) => {
    const values = [...(await environmentOf(name)).values()].join('\n');
    for (const each of NAMES) expect(values).not.toContain(secretOf(each));
  },
);

test.each(NAMES)('%s: its command line has what is not secret, and no more', async (name) => {
  const line = await readFile(`/proc/${String(pidOf(driverOf(name)))}/cmdline`, 'utf8');
  expect(line).toContain(`{"root":${JSON.stringify(join(directory, `${name}-store`))}}`);
  expect(line).not.toMatch(/hunter2|credentials|misspelt/);
});

test('the secrets are in no line of the log', async () => {
  // The driver says them on its stderr.
  await expect
    .poll(() => log.lines.filter(({ message }) => message === 'logging in with ***'))
    .toHaveLength(NAMES.length);
  for (const name of NAMES) expect(JSON.stringify(log.lines)).not.toContain(secretOf(name));
});

/** The chaos driver under another name, with another description. */
async function install(name: Cloud): Promise<void> {
  const file = join(directory, `registry-storage-${name}`);
  const secret = { type: 'string', 'x-secret': true };
  const description = {
    name,
    version: '1.0.0',
    protocolVersions: [1],
    parameters: {
      type: 'object',
      properties: {
        root: { type: 'string' },
        secret,
        credentials: { type: 'object', properties: { clientid: { type: 'string' }, secret } },
      },
    },
    environment: CLOUDS[name].asks,
    dataPlanes: ['inline', 'socket'],
    capabilities: {},
  };
  const describe = `if [ "$1" = --describe ]; then printf %s '${JSON.stringify(description)}'; exit; fi`;
  await writeFile(file, `#!/bin/sh\n${describe}\nexec '${process.execPath}' '${CHAOS}' "$@"\n`);
  await chmod(file, 0o755);
}

async function environmentOf(name: Cloud): Promise<Map<string, string>> {
  const text = await readFile(`/proc/${String(pidOf(driverOf(name)))}/environ`, 'utf8');
  const pairs = text.split('\0').filter((pair) => pair !== '');
  return new Map(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
}

function driverOf(name: Cloud): SupervisedDriver {
  const driver = drivers.get(name);
  if (driver === undefined) throw new Error(`${name} was not opened`);
  return driver;
}

function secretOf(name: Cloud): string {
  return `hunter2-parameter-of-${name}`;
}

function nestedSecretOf(name: Cloud): string {
  return `hunter2-nested-of-${name}`;
}
