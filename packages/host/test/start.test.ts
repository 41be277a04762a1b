import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDriver } from '../src/index.js';
import { SHORT, chaosBench, processesNaming } from './open-chaos.js';

const bench = chaosBench();

describe('F13: a driver that does not start fails fast, in one line', () => {
  test.each([
    ['exit', /it ended with exit code 3 before the handshake; its last words: cannot open the store$/],
    ['signal', /it ended with signal SIGKILL before the handshake/],
    ['banner', /not a frame of the protocol: "Welcome to the chaos driver/],
  ])('%s', async (start, message) => {
    await expect(bench.open({ start })).rejects.toMatchObject({
      name: 'DriverStartError',
      driver: 'chaos',
      message: expect.stringMatching(message) as string,
    });
    expect(await processesNaming(bench.root)).toEqual([]);
  });

  test('silent', async () => {
    await expect(
      bench.open({ start: 'silent' }, { timings: { startMs: 1_000, drainMs: 250 } }),
    ).rejects.toThrow(
      /storage driver chaos did not start \(.*registry-storage-chaos\): no answer to initialize within 1000 ms/,
    );
    expect(await processesNaming(bench.root)).toEqual([]);
  });

  test('bad parameters name the key, and no secret', async () => {
    const opening = bench.open({ bad: true, secret: 'hunter2hunter2' });
    await expect(opening).rejects.toMatchObject({
      name: 'InvalidParametersError',
      issues: [{ key: 'bad', message: 'is bad, and so is ***' }],
    });
  });
});

describe('F14: versions', () => {
  test.each([['[0]'], ['[99]'], ['[]'], ['["abc"]']])(
    'a driver of %s is refused, naming both and the path',
    async (versions) => {
      // What is no number names no version.
      const list = /\d/.test(versions) ? versions.slice(1, -1) : 'none that it names';
      await expect(bench.open({ versions })).rejects.toMatchObject({
        name: 'IncompatibleVersionError',
        message: expect.stringMatching(
          new RegExp(`this host speaks 1, .*registry-storage-chaos speaks ${list}$`),
        ) as string,
      });
    },
  );

  test('a driver that answers another version than it was offered is refused', async () => {
    await expect(bench.open({ answer: 99 })).rejects.toMatchObject({ name: 'IncompatibleVersionError' });
  });

  test('a version that is no number breaks the protocol', async () => {
    // It does not end by itself.
    const opening = bench.open({ answer: 'abc' }, { timings: { drainMs: 250 } });
    await expect(opening).rejects.toMatchObject({ name: 'DriverStartError' });
  });

  test('the common one is taken, an unknown capability ignored', async () => {
    const driver = await bench.open({ versions: '[0,1,2,99]' });
    expect(driver.status()).toMatchObject({
      name: 'chaos',
      version: '1.0.0',
      protocolVersion: 1,
      state: 'ready',
    });
    expect(driver.capabilities).toEqual({ commitTo: true });
  });
});

describe('F13: executables that do not become a driver', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'outrigger-script-'));
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  async function openScript(text: string | Buffer, mode = 0o755, parameters: Record<string, unknown> = {}) {
    const path = join(directory, 'registry-storage-script');
    await writeFile(path, text);
    await chmod(path, mode);
    return openDriver({
      hostVersion: '0',
      driver: 'script',
      driverDirectories: [directory],
      pathLookup: false,
      parameters,
      timings: SHORT,
    });
  }

  test('S06: what a driver makes of its parameters on stdout is in no error, nor in its cause', async () => {
    const echo = `#!/bin/sh\ndd bs=65536 count=1 2>/dev/null | grep -o '"parameters".*'\n`;
    const error: unknown = await openScript(echo, 0o755, { secret: 'hunter2hunter2' }).catch(
      (failed: unknown) => failed,
    );
    expect(error).toMatchObject({ name: 'DriverStartError' });
    expect(inspect(error, { depth: 10 })).toContain('not a frame of the protocol');
    expect(inspect(error, { depth: 10 })).not.toContain('hunter2');
  });

  test.each([0, 1, 127])('status %i: one line with driver, path, status and last words', async (status) => {
    const opening = openScript(`#!/bin/sh\necho 'no such array' >&2; exit ${String(status)}\n`);
    const path = join(directory, 'registry-storage-script');
    await expect(opening).rejects.toMatchObject({
      name: 'DriverStartError',
      message: `storage driver script did not start (${path}): it ended with exit code ${String(status)} before the handshake; its last words: no such array`,
    });
    expect(await processesNaming(directory)).toEqual([]);
  });

  test('a missing library is named, in the words of the loader', async () => {
    // A program of the system that looks for another C library than there is.
    const program = await readFile('/bin/true', 'latin1');
    const opening = openScript(Buffer.from(program.replaceAll('libc.so.', 'libq.so.'), 'latin1'));
    await expect(opening).rejects.toThrow(/exit code 127 before the handshake; its last words: .*libq\.so\./);
  });

  test('a missing interpreter is named', async () => {
    await expect(openScript('#!/no/such/interpreter -x\n')).rejects.toThrow(
      /registry-storage-script.*its interpreter is missing: #!\/no\/such\/interpreter -x/,
    );
  });

  test('not executable', async () => {
    await expect(openScript('#!/bin/sh\n', 0o644)).rejects.toMatchObject({
      name: 'InvalidStorageDriverError',
      searched: [`${directory} (not executable)`],
    });
  });

  test('neither program nor script', async () => {
    await expect(openScript('\u0000\u0001 nothing that runs')).rejects.toMatchObject({
      name: 'DriverStartError',
    });
  });

  test('status 127 of a shell without the program', async () => {
    await expect(openScript('#!/bin/sh\nexec no-such-program-here\n')).rejects.toThrow(/exit code 127/);
  });
});

test('S05, S06: argv has no secret, the environment only what is allowed', async () => {
  const environment = {
    ...process.env,
    CANARY_X: 'canary1',
    CHAOS_X: 'asked for',
    NODE_OPTIONS: '--no-warnings',
  };
  const secret = 'hunter2 "quoted"';
  const driver = await bench.open({ secret, misspelt: secret }, { environment });
  const [pid = 0] = await processesNaming(bench.root);
  expect(driver.status().pid).toBe(pid);
  const line = await readFile(`/proc/${String(pid)}/cmdline`, 'utf8');
  const names = (await readFile(`/proc/${String(pid)}/environ`, 'utf8'))
    .split('\0')
    .map((pair) => pair.split('=')[0]);
  expect(line).toContain(`{"root":${JSON.stringify(bench.root)}}`);
  expect(line).not.toContain('hunter2');
  expect(names).toContain('CHAOS_X');
  expect(names).not.toContain('CANARY_X');
  expect(names).not.toContain('NODE_OPTIONS');
  await expect.poll(() => bench.log.lines.map(({ message }) => message)).toContain('logging in with ***');
  expect(JSON.stringify(bench.log.lines)).not.toContain('hunter2');
});

test('the trace shows every message, without secrets and without content', async () => {
  const lines: string[] = [];
  const trace = (entry: object) => void lines.push(JSON.stringify(entry));
  const driver = await bench.open({ secret: 'hunter2hunter2' }, { trace });
  await driver.put('/a', Buffer.from('the content'));
  await driver.get('/a');
  const all = lines.join('\n');
  expect(all).toContain('"secret":"***"');
  expect(all).toContain('"content":"(11 bytes)"');
  expect(all).not.toContain('hunter2');
  expect(all).not.toContain(Buffer.from('the content').toString('base64'));
});
