import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { METHODS } from '../../src/index.js';
import { HOST_SCRIPTS } from './host-scripts.js';
import { createMemory, toValue } from './pattern.js';
import { playDriver } from './play-driver.js';
import { playHost } from './play-host.js';
import type { DriverUnderTest } from './play-host.js';
import type { Transcript } from './transcript.js';
import { readTranscripts } from './transcript.js';

const transcripts = readTranscripts();
const forDrivers = transcripts.filter(({ replay }) => replay.includes('driver'));
const forHosts = transcripts.filter(({ replay }) => replay.includes('host'));

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const hasPython = spawnSync('python3', ['--version']).status === 0;

interface Recorded extends Omit<DriverUnderTest, 'parameters'> {
  readonly name: string;
  readonly powers: readonly string[];
  readonly parameters: (store: string) => DriverUnderTest['parameters'];
}

const DRIVERS: readonly Recorded[] = [
  {
    name: 'inmemory',
    command: process.execPath,
    args: [join(root, 'packages/plugin-memory/dist/main.js')],
    powers: ['walk', 'copy', 'isolatedWriters', 'commitTo', 'version'],
    parameters: () => ({}),
  },
  {
    name: 'filesystem',
    command: process.execPath,
    args: [join(root, 'packages/plugin-fs/dist/main.js')],
    powers: ['walk', 'copy', 'isolatedWriters', 'commitTo', 'localFiles', 'version'],
    parameters: (store) => ({ rootdirectory: store }),
  },
  {
    name: 'example (of the guide)',
    command: process.execPath,
    args: [fileURLToPath(new URL('example/main.ts', import.meta.url))],
    powers: ['version'],
    parameters: () => ({}),
  },
  {
    name: 'smallest (Python)',
    command: 'python3',
    args: [join(root, 'docs/drivers/example/smallest_driver.py')],
    powers: ['version'],
    parameters: () => ({}),
  },
];

describe.each(DRIVERS)('the driver $name answers as recorded', ({ name, powers, parameters, ...program }) => {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'outrigger-transcripts-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  test.for(forDrivers.filter((each) => fits(each, powers)))('$transcript', async (transcript, { skip }) => {
    skip(name.includes('Python') && !hasPython, 'there is no python3');
    await playHost(transcript, { ...program, parameters: parameters(join(directory, 'store')) });
  });
});

describe('our host asks as recorded', () => {
  test.for(forHosts)('$transcript', async (transcript) => {
    const script = HOST_SCRIPTS[transcript.transcript];
    if (script === undefined) throw new Error('there is no script of the host for this transcript');
    await playDriver(transcript, script);
  });
});

test('what a transcript records is of the schemas', () => {
  for (const { transcript, steps, replay } of forHosts) {
    const methods = new Map<unknown, string>();
    const memory = createMemory();
    for (const step of steps) {
      if (!('message' in step) || !replay.includes('driver')) continue;
      const { id, method, params, result } = toValue(step.message, memory) as Record<string, unknown>;
      const known = METHODS.find(({ name }) => name === (method ?? methods.get(id)));
      if (step.from === 'host') methods.set(id, String(method));
      const schema = step.from === 'host' ? known?.params : known?.result;
      const value = step.from === 'host' ? params : result;
      if (value !== undefined)
        expect(schema?.safeParse(value).error, `${transcript}: ${JSON.stringify(step)}`).toBeUndefined();
    }
  }
});

function fits({ needs = {} }: Transcript, powers: readonly string[]): boolean {
  const { capabilities = [], lacks = [], version = false } = needs;
  const wanted = version ? [...capabilities, 'version'] : capabilities;
  return wanted.every((each) => powers.includes(each)) && !lacks.some((each) => powers.includes(each));
}
