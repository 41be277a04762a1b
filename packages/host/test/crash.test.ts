import { randomBytes } from 'node:crypto';
import { readToEnd } from '@outrigger/driver';
import { describe, expect, test } from 'vitest';
import type { TraceEntry } from '../src/index.js';
import { chaosBench, pidOf } from './open-chaos.js';

const bench = chaosBench();
const SIZE = 1024 * 1024;
const content = randomBytes(SIZE);
const CYCLES = process.env.OUTRIGGER_TEST === 'full' ? 1_000 : 20;

describe('F01: killed in a read, the content is whole all the same', () => {
  test.each([0, 1, 65_536, SIZE / 2, SIZE - 1, SIZE])('socket, at byte %i', async (diebyte) => {
    await bench.seed('/blob', content);
    const driver = await bench.open({ diebyte, times: 1 }, { dataPlanes: ['socket'] });
    const reader = await driver.reader('/blob');
    expect(Buffer.compare(await readToEnd(reader, SIZE), content)).toBe(0);
    expect(driver.status().restarts).toBe(1);
  });

  test.each([1, 2, 4])('inline, at range %i', async (nth) => {
    await bench.seed('/blob', content);
    const driver = await bench.open({ on: 'read', nth, act: 'kill', times: 1 }, { dataPlanes: ['inline'] });
    const reader = await driver.reader('/blob', { offset: 10, length: SIZE - 20 });
    expect(Buffer.compare(await readToEnd(reader, SIZE), content.subarray(10, SIZE - 10))).toBe(0);
    expect(driver.status().restarts).toBe(1);
  });

  test('at random bytes, again and again', { timeout: 600_000 }, async () => {
    await bench.seed('/blob', content);
    const driver = await bench.open({}, { dataPlanes: ['socket'] });
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      const reader = await driver.reader('/blob');
      const got = Buffer.alloc(SIZE);
      const killAt = Math.floor(Math.random() * SIZE);
      let killed = false;
      for (let at = 0; at < SIZE;) {
        if (!killed && at >= killAt) killed = process.kill(pidOf(driver), 'SIGKILL');
        at += await reader.read(got.subarray(at, at + 10_000));
      }
      expect(await reader.read(Buffer.alloc(1))).toBe(0);
      await reader.close();
      expect(Buffer.compare(got, content)).toBe(0);
    }
  });

  test('killed in every attempt, the read ends with the exit and not with a short content', async () => {
    await bench.seed('/blob', content);
    const driver = await bench.open({ diebyte: 0 }, { dataPlanes: ['socket'] });
    const read = driver.reader('/blob').then((reader) => readToEnd(reader, SIZE));
    await expect(read).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      driver: 'chaos',
      cause: { name: 'DriverExitError', signal: 'SIGKILL' },
    });
  });

  test('content that was replaced meanwhile is not mixed with the old', async () => {
    await bench.seed('/blob', content);
    const driver = await bench.open({}, { dataPlanes: ['socket'] });
    const reader = await driver.reader('/blob');
    await reader.read(Buffer.alloc(1000));
    await bench.seed('/blob', randomBytes(SIZE));
    process.kill(pidOf(driver), 'SIGKILL');
    await expect(readToEnd(reader, SIZE)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: false });
  });

  test('a client that leaves ends the resuming', async () => {
    await bench.seed('/blob', content);
    const driver = await bench.open({ diebyte: 1000 }, { dataPlanes: ['socket'] });
    const abort = new AbortController();
    const reader = await driver.reader('/blob', { signal: abort.signal });
    await reader.read(Buffer.alloc(1000));
    abort.abort();
    await expect(reader.read(Buffer.alloc(1000))).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

describe('repeated after a crash', () => {
  test.each(['stat', 'list', 'get', 'put'] as const)('%s', async (on) => {
    await bench.seed('/a/b', Buffer.from('hello'));
    const driver = await bench.open({ on, act: 'kill', times: 1 });
    if (on === 'stat') expect((await driver.stat('/a/b')).size).toBe(5);
    else if (on === 'list') expect((await driver.list('/a')).entries).toHaveLength(1);
    else if (on === 'get') expect(Buffer.from(await driver.get('/a/b')).toString()).toBe('hello');
    else await driver.put('/c', Buffer.from('x'));
    expect(driver.status().restarts).toBe(1);
  });

  test('F32: a delete whose answer was lost was done', async () => {
    await bench.seed('/a', Buffer.from('x'));
    const driver = await bench.open({ on: 'delete', act: 'kill', after: true, times: 1 });
    await driver.delete('/a');
    await expect(driver.delete('/a')).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
  });

  test.each([true, false])('F32: a move that was lost (done: %s) is done once', async (after) => {
    await bench.seed('/a', Buffer.from('x'));
    const moves: unknown[] = [];
    const trace = ({ message: { method, params } }: TraceEntry) => {
      if (method === 'move') moves.push(params);
    };
    const driver = await bench.open({ on: 'move', act: 'kill', after, times: 1 }, { trace });
    await driver.move('/a', '/b');
    // The killed process may not have come to make it durable; a move to itself does.
    expect(moves.at(-1)).toMatchObject({ source: after ? '/b' : '/a', destination: '/b' });
    expect((await bench.content('/b')).toString()).toBe('x');
    await expect(driver.stat('/a')).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
  });

  test('a move of nothing is not taken for done', async () => {
    const driver = await bench.open({ on: 'move', act: 'kill', times: 1 });
    await expect(driver.move('/a', '/b')).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
  });

  test('not what the caller cancelled', async () => {
    const driver = await bench.open({ on: 'stat', act: 'silence' });
    const abort = new AbortController();
    const call = driver.stat('/a', { signal: abort.signal });
    abort.abort();
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(driver.status().restarts).toBe(0);
  });
});

describe('F02, F03: killed in a write', () => {
  test('the writer ends, and an append finds what is there', async () => {
    const driver = await bench.open({ diebyte: 1, times: 1 }, { dataPlanes: ['socket'] });
    const writer = await driver.writer('/up');
    const push = async () => {
      for (let i = 0; i < 64; i++) await writer.write(content.subarray(0, 65_536));
      await writer.close();
    };
    await expect(push()).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    await expect(writer.write(content)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const { size } = await driver.stat('/up');
    const next = await driver.writer('/up', { mode: 'append' });
    expect(next.size).toBe(size);
    await next.commit();
  });

  test.each([
    [true, 'whose answer was lost'],
    [false, 'that never ran, of content that is there'],
  ])('a commit (done: %s) %s is settled by the size', async (after) => {
    const driver = await bench.open({ on: 'writer/commit', act: 'kill', after, times: 1 });
    const writer = await driver.writer('/up');
    await writer.write(Buffer.from('hello'));
    await writer.commit();
    expect((await bench.content('/up')).toString()).toBe('hello');
  });

  test('a commit that is settled is done again, since content that is seen may not be durable', async () => {
    const sent: unknown[] = [];
    const trace = ({ message }: TraceEntry) => void sent.push(message.method);
    const driver = await bench.open({ on: 'writer/commit', act: 'kill', times: 1 }, { trace });
    const writer = await driver.writer('/up');
    await writer.write(Buffer.from('hello'));
    await writer.commit();
    expect(sent.filter((method) => method === 'writer/commit')).toHaveLength(2);
  });

  test.each([
    [true, 'whose answer was lost'],
    [false, 'that never ran'],
  ])('a commit to another path (done: %s) %s is settled', async (after) => {
    const sent: unknown[] = [];
    const trace = ({ message }: TraceEntry) => void sent.push(message.method);
    const driver = await bench.open({ on: 'writer/commit', act: 'kill', after, times: 1 }, { trace });
    const writer = await driver.writer('/up');
    await writer.write(Buffer.from('hello'));
    await writer.commitTo?.('/placed');
    expect((await bench.content('/placed')).toString()).toBe('hello');
    // The killed process may not have come to make it durable.
    expect(sent.filter((method) => method === (after ? 'move' : 'writer/commit'))).toHaveLength(
      after ? 1 : 2,
    );
    await expect(driver.stat('/up')).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
  });

  test('a commit to another path, where something of that size was, is not taken for done', async () => {
    await bench.seed('/placed', Buffer.from('other'));
    const driver = await bench.open({ on: 'writer/commit', act: 'kill', times: 1 });
    const writer = await driver.writer('/up');
    await writer.write(Buffer.from('hello'));
    await writer.commitTo?.('/placed');
    expect((await bench.content('/placed')).toString()).toBe('hello');
  });

  test('a commit that was refused is not settled, although the process is lost then', async () => {
    const driver = await bench.open({ on: 'writer/commit', act: 'refusegarbage', times: 1 });
    const writer = await driver.writer('/up');
    await writer.write(Buffer.from('hello'));
    await expect(writer.commit()).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
  });

  test('a commit before which bytes were lost fails', async () => {
    const driver = await bench.open({ on: 'writer/write', act: 'kill', times: 1 });
    const writer = await driver.writer('/up');
    await writer.write(Buffer.from('hello'));
    await expect(writer.commit()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  test('opening a writer is repeated', async () => {
    const driver = await bench.open({ on: 'writer/open', act: 'kill', times: 1 });
    const writer = await driver.writer('/up');
    await writer.write(Buffer.from('hello'));
    await writer.commit();
    expect((await bench.content('/up')).toString()).toBe('hello');
  });
});

test('F04: killed while idle, the next call finds a new process', async () => {
  await bench.seed('/a', Buffer.from('x'));
  const driver = await bench.open();
  for (let i = 0; i < 5; i++) {
    const pid = pidOf(driver);
    process.kill(pid, 'SIGKILL');
    expect((await driver.stat('/a')).size).toBe(1);
    expect(driver.status().pid).not.toBe(pid);
  }
});

test('I9: a call that cannot be repeated is told how its driver ended, and its last words', async () => {
  const driver = await bench.open({ on: 'stat', act: 'exit' });
  await expect(driver.stat('/a')).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringMatching(/^chaos: .*exit code 3; its last words: something is broken$/) as string,
    cause: { exitCode: 3, stderr: ['something is broken'] },
  });
  await expect.poll(() => bench.log.lines.map(({ message }) => message)).toContain('something is broken');
});
