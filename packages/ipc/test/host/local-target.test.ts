import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FileWriter } from '@outrigger/driver';
import { readToEnd } from '@outrigger/driver';
import { filesystem } from '@outrigger/plugin-fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectDriver } from '../../src/host/connect-driver.js';
import { openLocalTarget } from '../../src/host/local-target.js';
import { HOST, connectPair } from '../support/pair.js';
import { ANSWER, connectScripted } from '../support/scripted-driver.js';
import type { ScriptedDriver } from '../support/scripted-driver.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const MIB = 1024 * 1024;
const LARGE = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 13) % 251));

/** A host that writes into the files of a driver that the test plays; `file` is what the driver says of `path`. */
async function connectLocal() {
  const root = await temporaryDirectory();
  const scripted = await connectScripted({
    answerWith: ({ params }) => {
      const localPath = join(root, '~probe');
      writeFileSync(localPath, String(params?.nonce));
      const { dev, ino } = statSync(localPath);
      const capabilities = { localFiles: true, roots: [root] };
      return { ...ANSWER, dataPlanes: ['inline', 'file'], capabilities, probe: { localPath, dev, ino } };
    },
  });
  expect(scripted.remote.dataPlanes).toStrictEqual(['file', 'inline']);
  const path = join(root, 'a');
  writeFileSync(path, '');
  return { ...scripted, root, path, file: fileOf(path) };
}

function fileOf(localPath: string) {
  const { dev, ino } = statSync(localPath);
  return { localPath, dev, ino };
}

/** Answers every request of a writer as a driver would that got what the host says. */
async function tell(driver: ScriptedDriver, params: object, size: number): Promise<void> {
  const request = await driver.next('writer/write');
  expect(request.params).toStrictEqual(params);
  driver.answer(request, { size });
}

async function end(driver: ScriptedDriver, method: string, writing: Promise<unknown>, result = {}) {
  driver.answer(await driver.next(method), result);
  await writing;
}

describe('content into a local file', () => {
  it('is in the file at once, and the driver is told with the commit', async () => {
    const { remote, driver, path, file } = await connectLocal();
    const opening = remote.writer('/a');
    driver.answer(await driver.next('writer/open'), { writer: 'w', size: 0, file });
    const writer = await opening;
    for (let at = 0; at < LARGE.length; at += 50_000) await writer.write(LARGE.subarray(at, at + 50_000));
    expect(Buffer.compare(readFileSync(path), LARGE)).toBe(0);
    expect(writer.size).toBe(LARGE.length);
    expect(driver.received.map(({ method }) => method)).not.toContain('writer/write');
    const committing = writer.commit();
    const request = await driver.next('writer/commit');
    expect(request.params).toEqual({ writer: 'w', size: LARGE.length, written: LARGE.length });
    driver.answer(request, { size: LARGE.length });
    await committing;
  });

  it('stays told of when the commit fails, and may be committed again', async () => {
    const { remote, driver, file } = await connectLocal();
    const opening = remote.writer('/a');
    driver.answer(await driver.next('writer/open'), { writer: 'w', size: 0, file });
    const writer = await opening;
    await writer.write(LARGE);
    const failing = writer.commit();
    driver.refuse(await driver.next('writer/commit'), -32006);
    await expect(failing).rejects.toBeInstanceOf(Error);
    expect(writer.size).toBe(LARGE.length);
    const committing = writer.commit();
    const request = await driver.next('writer/commit');
    expect(request.params).toEqual({ writer: 'w', size: LARGE.length });
    driver.answer(request, { size: LARGE.length });
    await committing;
  });

  it('is told of each 4 MiB; an append begins behind what was found, and a small rest goes inline', async () => {
    const { remote, driver, path, file } = await connectLocal();
    truncateSync(path, 5);
    const opening = remote.writer('/a', { mode: 'append' });
    driver.answer(await driver.next('writer/open'), { writer: 'w', size: 5, file });
    const writer = await opening;
    const writing = writer.write(Buffer.alloc(4 * MIB, 'x'));
    await tell(driver, { writer: 'w', offset: 5, written: 4 * MIB }, 5 + 4 * MIB);
    await writing;
    await writer.write(Buffer.from('end'));
    const closing = writer.close();
    await tell(driver, { writer: 'w', offset: 5 + 4 * MIB, data: 'ZW5k' }, 8 + 4 * MIB);
    await end(driver, 'writer/close', closing, { size: 8 + 4 * MIB });
    expect(statSync(path).size).toBe(5 + 4 * MIB);
  });

  it('small content stays inline, also when nobody said how much will come', async () => {
    const { remote, driver, path, file } = await connectLocal();
    for (const options of [{}, { expectedSize: 5 }]) {
      const opening = remote.writer('/a', options);
      driver.answer(await driver.next('writer/open'), { writer: 'w', size: 0, file });
      const writer = await opening;
      await writer.write(Buffer.from('small'));
      const committing = writer.commit();
      await tell(driver, { writer: 'w', offset: 0, data: 'c21hbGw=' }, 5);
      await end(driver, 'writer/commit', committing, { size: 5 });
    }
    expect(statSync(path).size).toBe(0);
  });

  it('is UNAVAILABLE when the driver takes another size than it was told of', async () => {
    const { remote, driver, file } = await connectLocal();
    const opening = remote.writer('/a');
    driver.answer(await driver.next('writer/open'), { writer: 'w', size: 0, file });
    const writer = await opening;
    await writer.write(Buffer.alloc(4 * MIB - 1));
    const writing = writer.write(Buffer.from('x'));
    writing.catch(() => undefined);
    await tell(driver, { writer: 'w', offset: 0, written: 4 * MIB }, 4 * MIB - 1);
    await expect(writing).rejects.toMatchObject({ code: 'UNAVAILABLE', path: '/a' });
  });

  it('stops with the connection: no byte goes into a file that was given up', async () => {
    const { remote, driver, path, file } = await connectLocal();
    const opening = remote.writer('/a');
    driver.answer(await driver.next('writer/open'), { writer: 'w', size: 0, file });
    const writer = await opening;
    await writer.write(LARGE);
    driver.end();
    await remote.broken;
    await expect(writer.write(LARGE)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(statSync(path).size).toBe(LARGE.length);
    await expect(writer.commit()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(writer.cancel()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it.each([
    ['another inode', (file: ReturnType<typeof fileOf>) => ({ ...file, ino: file.ino + 1 })],
    ['another device', (file: ReturnType<typeof fileOf>) => ({ ...file, dev: file.dev + 1 })],
    [
      'no file',
      (file: ReturnType<typeof fileOf>) => {
        rmSync(file.localPath);
        return file;
      },
    ],
    [
      'a link',
      (file: ReturnType<typeof fileOf>) => {
        symlinkSync(file.localPath, `${file.localPath}-link`);
        return { ...file, localPath: `${file.localPath}-link` };
      },
    ],
    ['no answer', () => undefined],
  ])('goes another way when there is %s', async (_what, change) => {
    const { remote, driver, path, file } = await connectLocal();
    const opening = remote.writer('/a');
    driver.answer(await driver.next('writer/open'), { writer: 'w', size: 0, file: change(file) });
    const writer = await opening;
    const writing = writer.write(LARGE.subarray(0, 60_000));
    const data = LARGE.subarray(0, 60_000).toString('base64');
    await tell(driver, { writer: 'w', offset: 0, data }, 60_000);
    await writing;
    expect(readdirSync(join(path, '..')).includes('a') ? statSync(path).size : 0).toBe(0);
    await end(driver, 'writer/cancel', writer.cancel());
  });

  it('goes another way when the file is outside of the roots', async () => {
    const { remote, driver } = await connectLocal();
    const outside = join(await temporaryDirectory(), 'a');
    writeFileSync(outside, '');
    const opening = remote.writer('/a');
    driver.answer(await driver.next('writer/open'), { writer: 'w', size: 0, file: fileOf(outside) });
    const writer = await opening;
    const writing = writer.write(LARGE.subarray(0, 60_000));
    const write = await driver.next('writer/write');
    expect(write.params).not.toHaveProperty('written');
    driver.answer(write, { size: 60_000 });
    await writing;
    expect(statSync(outside).size).toBe(0);
  });
});

describe('a local target', () => {
  it('is closed once, and not under a write', async () => {
    const root = await temporaryDirectory();
    writeFileSync(join(root, 'a'), '');
    const target = await openLocalTarget(fileOf(join(root, 'a')), '/a', [root]);
    if (target === undefined) throw new Error('it was not opened');
    const order: string[] = [];
    const writing = target.write(Buffer.alloc(8 * MIB), 0).then(() => order.push('written'));
    const closing = target.close().then(() => order.push('closed'));
    await Promise.all([writing, closing]);
    expect(order).toStrictEqual(['written', 'closed']);
    // The descriptor's number is the next file's.
    const next = await openLocalTarget(fileOf(join(root, 'a')), '/a', [root]);
    await target.close();
    await next?.write(Buffer.from('x'), 0);
    await next?.close();
    await expect(target.write(Buffer.alloc(1), 0)).rejects.toMatchObject({ code: 'ALREADY_CLOSED' });
  });
});

describe('with the filesystem', () => {
  async function connectFilesystem(root?: string) {
    const rootdirectory = root ?? (await temporaryDirectory());
    const parameters = { rootdirectory, commit: 'relaxed' };
    const pair = await connectPair({ factory: filesystem, parameters, dataPlanes: ['file', 'inline'] });
    return { ...pair, root: rootdirectory };
  }

  it('a cancel removes the file, and a close discards an isolated one', async () => {
    const { remote, root } = await connectFilesystem();
    for (const [mode, how] of [
      ['truncate', 'cancel'],
      ['isolated', 'cancel'],
      ['isolated', 'close'],
    ] as const) {
      const writer = await remote.writer('/d/a', { mode });
      await writer.write(LARGE);
      await writer[how]();
      expect(readdirSync(join(root, 'd'))).toStrictEqual([]);
    }
  });

  it('what the host wrote and did not tell is kept when the session ends', async () => {
    const first = await connectFilesystem();
    const writer = await first.remote.writer('/a');
    await writer.write(LARGE);
    await first.session.close();
    const { remote } = await connectFilesystem(first.root);
    const append = await remote.writer('/a', { mode: 'append' });
    expect(append.size).toBe(LARGE.length);
    await append.write(Buffer.from('more'));
    await append.commit();
    const content = await readToEnd(await remote.reader('/a'), LARGE.length + 4);
    expect(Buffer.compare(content, Buffer.concat([LARGE, Buffer.from('more')]))).toBe(0);
  });

  it.runIf(process.getuid?.() === 0 && process.platform === 'linux')(
    'a full disk is QUOTA_EXCEEDED, and the size is what was told',
    async () => {
      const root = await temporaryDirectory();
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', root]);
      onTestFinished(() => void execFileSync('umount', ['-l', root]));
      const { remote } = await connectFilesystem(root);
      const writer = await remote.writer('/a');
      await writer.write(LARGE);
      await expect(writer.write(Buffer.alloc(2 * MIB))).rejects.toMatchObject({
        code: 'QUOTA_EXCEEDED',
        retryable: false,
        path: '/a',
      });
      expect(writer.size).toBe(LARGE.length);
      await writer.close();
      const append = await remote.writer('/a', { mode: 'append' });
      expect(append.size).toBe(LARGE.length);
      await append.cancel();
    },
  );
});

describe('when the process of the driver is killed', () => {
  it.each(['commit', 'write'] as const)(
    'a writer that told nothing fails with its next %s, and an append finds what is there',
    async (next) => {
      const root = await temporaryDirectory();
      const first = await startFilesystem(root);
      const writer = await first.remote.writer('/a');
      await writer.write(LARGE);
      first.kill();
      await first.remote.broken;
      await expect(act(writer, next)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      await expect(writer.cancel()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      const second = await startFilesystem(root);
      const append = await second.remote.writer('/a', { mode: 'append' });
      expect(append.size).toBe(LARGE.length);
      await append.commit();
      const content = await readToEnd(await second.remote.reader('/a'), LARGE.length);
      expect(Buffer.compare(content, LARGE)).toBe(0);
    },
  );

  const act = (writer: FileWriter, next: 'commit' | 'write') =>
    next === 'commit' ? writer.commit() : writer.write(LARGE);

  async function startFilesystem(rootdirectory: string) {
    const file = fileURLToPath(new URL('../../../plugin-fs/dist/main.js', import.meta.url));
    const child = spawn(process.execPath, [file, '{}'], { stdio: ['pipe', 'pipe', 'inherit'], env: {} });
    const exited = once(child, 'exit');
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await exited;
    });
    child.stdin.on('error', () => undefined);
    const remote = await connectDriver({
      input: child.stdout,
      output: child.stdin,
      name: 'filesystem',
      parameters: { rootdirectory, commit: 'relaxed' },
      host: HOST,
      dataPlanes: ['file', 'inline'],
      timeoutMs: 60_000,
    });
    expect(remote.dataPlanes[0]).toBe('file');
    return { remote, kill: () => child.kill('SIGKILL') };
  }
});
