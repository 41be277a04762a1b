import { execFileSync } from 'node:child_process';
import {
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { readToEnd } from '@outrigger/driver';
import { filesystem } from '@outrigger/plugin-fs';
import { describe, expect, it } from 'vitest';
import { openLocalFile, readFile } from '../../src/host/read-file.js';
import { connectPair } from '../support/pair.js';
import { ANSWER, connectScripted } from '../support/scripted-driver.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const text = async (reader: Parameters<typeof readToEnd>[0]) =>
  Buffer.from(await readToEnd(reader, 1_000_000)).toString();

function answerFor(localPath: string, overrides: object = {}) {
  const { dev, ino, size } = statSync(localPath);
  return { localPath, dev, ino, size, modTime: 5, ...overrides };
}

describe('openLocalFile', () => {
  const isRefused = async (answer: Parameters<typeof openLocalFile>[0], roots: string[]) =>
    (await openLocalFile(answer, roots)) === undefined;

  it('opens the regular file that was named, below a root', async () => {
    const root = await temporaryDirectory();
    const path = join(root, 'a');
    writeFileSync(path, 'content');
    const answer = answerFor(path);
    const fd = await openLocalFile(answer, ['/nowhere', root]);
    if (fd === undefined) throw new Error('not opened');
    const reader = readFile(fd, { path: '/a', answer, offset: 3, length: 2 });
    expect(reader).toMatchObject({ size: 7, modTime: new Date(5) });
    expect(await text(reader)).toBe('te');
    await reader.close();
    await expect(reader.read(Buffer.alloc(1))).rejects.toMatchObject({ code: 'ALREADY_CLOSED' });
  });

  it('refuses what is not that file', async () => {
    const root = await temporaryDirectory();
    const other = await temporaryDirectory();
    const path = join(root, 'a');
    writeFileSync(path, 'content');
    const answer = answerFor(path);
    expect(await isRefused({ ...answer, ino: answer.ino + 1 }, [root])).toBe(true);
    expect(await isRefused({ ...answer, dev: answer.dev + 1 }, [root])).toBe(true);
    expect(await isRefused({ ...answer, localPath: join(root, 'none') }, [root])).toBe(true);
    // The next file may get the number of one that was replaced.
    expect(await isRefused({ ...answer, size: answer.size - 1 }, [root])).toBe(true);
    expect(await isRefused({ ...answer, size: answer.size + 1 }, [root])).toBe(true);
    expect(await isRefused(answer, [])).toBe(true);
    expect(await isRefused(answer, [other])).toBe(true);
    // A root is a directory, not the start of a name.
    expect(await isRefused(answer, [root.slice(0, -1)])).toBe(true);
  });

  it('refuses what is no regular file, without waiting for it', async () => {
    const root = await temporaryDirectory();
    execFileSync('mkfifo', [join(root, 'fifo')]);
    mkdirSync(join(root, 'directory'));
    for (const name of ['fifo', 'directory'])
      expect(await isRefused(answerFor(join(root, name)), [root])).toBe(true);
    expect(await isRefused(answerFor('/dev/null'), ['/dev'])).toBe(true);
  });

  it('refuses links, also on the way', async () => {
    const root = await temporaryDirectory();
    const outside = await temporaryDirectory();
    writeFileSync(join(outside, 'secret'), 'secret');
    symlinkSync(join(outside, 'secret'), join(root, 'link'));
    symlinkSync(outside, join(root, 'directory'));
    expect(await isRefused(answerFor(join(root, 'link')), [root])).toBe(true);
    expect(await isRefused(answerFor(join(root, 'directory', 'secret')), [root])).toBe(true);
    expect(
      await isRefused(answerFor(join(root, '..', outside.split('/').at(-1) ?? '', 'secret')), [root]),
    ).toBe(true);
  });
});

describe('the file plane', () => {
  async function connectFilesystem(options: object = {}) {
    const root = await temporaryDirectory();
    const planes: string[] = [];
    const pair = await connectPair({
      factory: filesystem,
      parameters: { rootdirectory: root, commit: 'relaxed' },
      trace: (direction, message) => {
        const params = message.params as { plane?: string } | undefined;
        if (direction === 'sent' && message.method === 'read') planes.push(params?.plane ?? '');
      },
      ...options,
    });
    await pair.remote.put('/a', Buffer.from('content'));
    return { ...pair, root, planes };
  }

  it('is agreed when both see the probe, which is then removed', async () => {
    const { remote, root, planes } = await connectFilesystem();
    expect(remote.dataPlanes).toStrictEqual(['file', 'socket', 'inline']);
    expect(await text(await remote.reader('/a', { offset: 2, length: 3 }))).toBe('nte');
    expect(planes).toStrictEqual(['file']);
    expect(readdirSync(root)).toStrictEqual(['a']);
  });

  it('is not agreed outside of the allowed roots', async () => {
    const { remote } = await connectFilesystem({ allowedRoots: ['/nowhere'] });
    expect(remote.dataPlanes).toStrictEqual(['socket', 'inline']);
    expect(await text(await remote.reader('/a'))).toBe('content');
  });

  it.each([
    ['there is none', undefined, 'same'],
    ['it has other content', 'same', 'other'],
    ['it has more content', 'same', 'longer'],
    ['it is another file', 'ino', 'same'],
    ['it is outside of the root', 'outside', 'same'],
  ])('is not agreed when the probe is wrong: %s', async (_what, probe, content) => {
    const root = await temporaryDirectory();
    const outside = await temporaryDirectory();
    const { remote } = await connectScripted({
      answerWith: ({ params }) => {
        const nonce = String(params?.nonce);
        const localPath = join(probe === 'outside' ? outside : root, '~probe');
        writeFileSync(
          localPath,
          { same: nonce, other: 'x'.repeat(nonce.length), longer: `${nonce}x` }[content] ?? '',
        );
        const { dev, ino } = statSync(localPath);
        return {
          ...ANSWER,
          capabilities: { localFiles: true, roots: [root] },
          ...(probe === undefined ? {} : { probe: { localPath, dev, ino: probe === 'ino' ? ino + 1 : ino } }),
        };
      },
    });
    expect(remote.dataPlanes).not.toContain('file');
  });

  it.each([
    [
      'was replaced',
      (path: string, answer: object) => {
        writeFileSync(`${path}2`, 'other');
        renameSync(`${path}2`, path);
        return answer;
      },
    ],
    [
      'is a link',
      (path: string, answer: object) => {
        symlinkSync(path, `${path}l`);
        return { ...answer, localPath: `${path}l` };
      },
    ],
    ['is elsewhere', (_path: string, answer: object) => ({ ...answer, localPath: '/etc/passwd' })],
    [
      'is gone',
      (path: string, answer: object) => {
        renameSync(path, `${path}3`);
        linkSync(`${path}3`, `${path}4`);
        return answer;
      },
    ],
  ])('falls back to the socket once when the file %s', async (_what, act) => {
    const root = await temporaryDirectory();
    const { remote, driver } = await connectScripted({
      answerWith: ({ params }) => {
        const localPath = join(root, '~probe');
        writeFileSync(localPath, String(params?.nonce));
        const { dev, ino } = statSync(localPath);
        return {
          ...ANSWER,
          capabilities: { localFiles: true, roots: [root] },
          probe: { localPath, dev, ino },
        };
      },
    });
    expect(remote.dataPlanes[0]).toBe('file');
    const path = join(root, 'a');
    writeFileSync(path, 'content');
    const answer = act(path, answerFor(path));
    const opening = remote.reader('/a');
    const onFile = await driver.next('read');
    expect(onFile.params?.plane).toBe('file');
    driver.answer(onFile, answer);
    const onSocket = await driver.next('read');
    expect(onSocket.params?.plane).toBe('socket');
    driver.answer(onSocket, { data: Buffer.from('content').toString('base64'), size: 7, modTime: 5 });
    expect(await text(await opening)).toBe('content');
    // The next read tries again.
    remote.reader('/a').catch(() => undefined);
    expect((await driver.next('read')).params?.plane).toBe('file');
  });

  it('a file that becomes shorter is an error', async () => {
    const { remote, root } = await connectFilesystem();
    const reader = await remote.reader('/a');
    truncateSync(join(root, 'a'), 3);
    await expect(text(reader)).rejects.toMatchObject({ code: 'UNAVAILABLE', path: '/a' });
  });

  it('a reader goes on with the bytes of its version', async () => {
    const { remote } = await connectFilesystem();
    const reader = await remote.reader('/a');
    await remote.put('/a', Buffer.from('another'));
    await remote.delete('/a');
    expect(await text(reader)).toBe('content');
  });

  it('refuses another version, a cancelled read, and what is not there', async () => {
    const { remote } = await connectFilesystem();
    await expect(remote.reader('/a', { ifMatch: 'x' })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: false,
    });
    await expect(remote.reader('/none')).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
    const abort = new AbortController();
    const reader = await remote.reader('/a', { signal: abort.signal });
    abort.abort();
    await expect(reader.read(Buffer.alloc(1))).rejects.toMatchObject({ code: 'CANCELLED' });
    await reader.close();
  });

  it('closing during a read waits for it', async () => {
    const { remote } = await connectFilesystem();
    const reader = await remote.reader('/a');
    const into = Buffer.alloc(10);
    const [count] = await Promise.all([reader.read(into), reader.close(), reader.close()]);
    expect(into.toString('latin1', 0, count)).toBe('content');
  });
});
