import { getEventListeners } from 'node:events';
import { StorageError } from '@outrigger/driver';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { TraceDirection } from '../../src/host/connection.js';
import { longestSilence } from '../../src/host/pending-call.js';
import type { PendingCall } from '../../src/host/pending-call.js';
import { ProtocolViolation } from '../../src/framing/protocol-violation.js';
import { writerCommit } from '../../src/protocol/writer.js';
import { stat } from '../../src/protocol/namespace.js';
import { ANSWER, connectScripted } from '../support/scripted-driver.js';
import type { Message, Scripted } from '../support/scripted-driver.js';
import { frame, frameOf } from '../support/frames.js';

const INFO = { path: '/a', size: 1, modTime: 0, isDir: false };
const settled = () => new Promise(setImmediate);

describe('a channel that breaks', () => {
  /** What the driver does while `/a`, `/b` and `/c` are asked for. */
  const faults: readonly (readonly [string, (scripted: Scripted, request: Message) => void, RegExp])[] = [
    ['the end of the stream', ({ driver }) => driver.end(), /closed its channel/],
    [
      'a destroyed stream',
      ({ driver }) => driver.channel.driver.output.destroy(),
      /closed its channel|premature/i,
    ],
    [
      'an error of the stream',
      ({ driver }) => driver.channel.host.input.destroy(new Error('read EIO')),
      /read EIO/,
    ],
    [
      'a closed stdin',
      ({ driver }) => driver.channel.host.output.destroy(new Error('write EPIPE')),
      /write EPIPE/,
    ],
    ['a line of a log', ({ driver }) => driver.sendBytes('oops\n'), /not a frame.*"oops\\n"/],
    [
      'half a frame and the end',
      ({ driver }) => {
        driver.sendBytes('Content-Length: 9\r\n\r\n{');
        driver.end();
      },
      /ended inside a frame/,
    ],
    [
      'a batch',
      ({ driver }, { id }) => driver.send([{ jsonrpc: '2.0', id, result: INFO }]),
      /not a JSON-RPC 2.0 message/,
    ],
    [
      'result and error',
      ({ driver }, { id }) => driver.send({ jsonrpc: '2.0', id, result: 1, error: { code: 1, message: '' } }),
      /not a JSON-RPC 2.0 message/,
    ],
    [
      'an unknown id',
      ({ driver }) => driver.send({ jsonrpc: '2.0', id: 4711, result: INFO }),
      /not open: id 4711/,
    ],
    [
      'the id as text',
      ({ driver }, { id }) => driver.send({ jsonrpc: '2.0', id: String(id), result: INFO }),
      /not open: id "/,
    ],
    [
      'a null id',
      ({ driver }) => driver.send({ jsonrpc: '2.0', id: null, error: { code: -32700, message: '' } }),
      /not open: id null/,
    ],
    [
      'an id that was answered before',
      ({ driver }) => driver.send({ jsonrpc: '2.0', id: driver.received[0]?.id, result: ANSWER }),
      /not open: id \d/,
    ],
    [
      'an id below __proto__',
      ({ driver }, { id }) =>
        driver.sendBytes(
          frameOf(Buffer.from(`{"jsonrpc":"2.0","result":{},"__proto__":{"id":${String(id)}}}`)),
        ),
      /neither "method" nor a good "id"/,
    ],
    [
      'fields below __proto__',
      ({ driver }, { id }) =>
        driver.sendBytes(
          frameOf(
            Buffer.from(
              `{"jsonrpc":"2.0","id":${String(id)},"result":{"__proto__":${JSON.stringify(INFO)}}}`,
            ),
          ),
        ),
      /answer to stat \(id \d+\) that is not of its schema: result\.path: it is missing/,
    ],
    [
      'a request',
      ({ driver }) => driver.send({ jsonrpc: '2.0', id: 1, method: 'stat', params: {} }),
      /a request from the driver: stat/,
    ],
    [
      'a cancel',
      ({ driver }, { id }) => driver.send({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id } }),
      /\$\/cancelRequest from the driver/,
    ],
    [
      'a cancel without an id',
      ({ driver }) => driver.send({ jsonrpc: '2.0', method: '$/cancelRequest' }),
      /\$\/cancelRequest from the driver/,
    ],
    [
      'a wrong progress',
      ({ driver }) => driver.send({ jsonrpc: '2.0', method: '$/progress', params: { id: {} } }),
      /\$\/progress that is not of its schema/,
    ],
    [
      'an answer of another schema',
      ({ driver }, request) => driver.answer(request, { ...INFO, size: -1 }),
      /answer to stat \(id \d+\) that is not of its schema: result\.size: .* \(see docs\/protocol\/reference\.md#stat\)$/,
    ],
    [
      'a null answer',
      ({ driver }, request) => driver.answer(request, null),
      /answer to stat \(id \d+\) that is not of its schema: result/,
    ],
  ];

  it.each(faults)('F10, F12: rejects all calls once: %s', async (_what, act, message) => {
    const scripted = await connectScripted();
    const { remote, driver } = scripted;
    const outcomes: unknown[] = [];
    const calls = ['/a', '/b', '/c'].map(async (path) => {
      await remote.stat(path).then(
        (value) => outcomes.push(value),
        (error: unknown) => outcomes.push(error),
      );
    });
    const first = await driver.next('stat');
    await driver.next('stat');
    await driver.next('stat');
    act(scripted, first);
    await Promise.all(calls);
    expect(outcomes).toHaveLength(3);
    for (const outcome of outcomes) {
      expect(outcome).toBeInstanceOf(StorageError);
      expect(outcome).toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    }
    expect(String(await remote.broken)).toMatch(message);
    expect(remote.inFlight).toBe(0);
    // Later calls too, of every kind.
    await expect(remote.stat('/d')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(remote.ping()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(remote.reader('/d')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(remote.writer('/d')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(remote.put('/d', Buffer.alloc(100_000))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('F12: a duplicate answer breaks it, and the first answer counts', async () => {
    const { remote, driver } = await connectScripted();
    const call = remote.stat('/a');
    const request = await driver.next('stat');
    driver.answer(request, INFO);
    driver.answer(request, { ...INFO, size: 2 });
    expect((await call).size).toBe(1);
    expect(await remote.broken).toBeInstanceOf(ProtocolViolation);
  });

  it('what was answered before the end is delivered', async () => {
    const { remote, driver } = await connectScripted();
    const [a, b] = [remote.stat('/a'), remote.stat('/b')];
    const request = await driver.next('stat');
    driver.sendBytes(
      Buffer.concat([frame({ jsonrpc: '2.0', id: request.id, result: INFO }), Buffer.from('crash\n')]),
    );
    driver.end();
    expect((await a).size).toBe(1);
    await expect(b).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('fail() rejects with the error that it was given, and the first one counts', async () => {
    const { remote } = await connectScripted();
    const call = remote.stat('/a');
    const error = new StorageError('UNAVAILABLE', 'killed by SIGKILL');
    remote.fail(error);
    remote.fail(new StorageError('INTERNAL', 'another'));
    await expect(call).rejects.toBe(error);
    await expect(remote.stat('/b')).rejects.toBe(error);
    await expect(remote.reader('/b')).rejects.toBe(error);
    await expect(remote.writer('/b')).rejects.toBe(error);
    expect(await remote.broken).toBe(error);
  });
});

describe('a cancelled call', () => {
  it('is rejected at once, tells the driver, and takes its answer in silence', async () => {
    const { remote, driver } = await connectScripted();
    const abort = new AbortController();
    const call = remote.stat('/a', { signal: abort.signal });
    const request = await driver.next('stat');
    abort.abort(new Error('the client left'));
    await expect(call).rejects.toMatchObject({
      code: 'CANCELLED',
      path: '/a',
      cause: { message: 'the client left' },
    });
    expect((await driver.next('$/cancelRequest')).params).toStrictEqual({ id: request.id });
    expect(remote.inFlight).toBe(1);
    driver.answer(request, INFO);
    await settled();
    expect(remote.inFlight).toBe(0);
    const other = remote.stat('/b');
    driver.answer(await driver.next('stat'), INFO);
    expect((await other).size).toBe(1);
  });

  it('never starts when the signal was aborted before', async () => {
    const { remote, driver } = await connectScripted();
    const signal = AbortSignal.abort();
    for (const call of [
      remote.stat('/a', { signal }),
      remote.reader('/a', { signal }),
      remote.get('/a', { signal }),
    ])
      await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
    await settled();
    expect(driver.received.map(({ method }) => method)).toStrictEqual(['initialize', 'initialized']);
  });

  it('leaves nothing on its signal, however it ends', async () => {
    const { remote, driver } = await connectScripted();
    const { signal } = new AbortController();
    const answered = remote.stat('/a', { signal });
    driver.answer(await driver.next('stat'), INFO);
    await answered;
    const refused = remote.stat('/a', { signal });
    driver.refuse(await driver.next('stat'), 1001, { code: 'PATH_NOT_FOUND' });
    await expect(refused).rejects.toThrow();
    const broken = remote.stat('/a', { signal });
    driver.sendBytes('oops\n');
    await expect(broken).rejects.toThrow();
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('a writer that opens for nobody is closed again', async () => {
    const { remote, driver } = await connectScripted();
    const abort = new AbortController();
    const opening = remote.writer('/a', { signal: abort.signal });
    const request = await driver.next('writer/open');
    abort.abort();
    await expect(opening).rejects.toMatchObject({ code: 'CANCELLED' });
    driver.answer(request, { writer: '7', size: 0 });
    expect((await driver.next('writer/close')).params).toStrictEqual({ writer: '7' });
  });
});

describe('shutdown', () => {
  it('asks, says exit, and closes the channel in this order', async () => {
    const { remote, driver } = await connectScripted();
    const closing = remote.shutdown();
    driver.answer(await driver.next('shutdown'), {});
    await closing;
    await driver.next('exit');
    await expect(driver.next('anything')).rejects.toThrow('the host ended');
    expect(driver.received.map(({ method }) => method).slice(-2)).toStrictEqual(['shutdown', 'exit']);
    expect(remote.isBroken).toBe(false);
    driver.end();
    await remote.broken;
  });

  it('closes the channel of a driver that refuses', async () => {
    const { remote, driver } = await connectScripted();
    const closing = remote.shutdown();
    driver.refuse(await driver.next('shutdown'), -32603);
    await expect(closing).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(driver.next('exit')).rejects.toThrow('the host ended');
  });
});

describe('the idle clock', () => {
  const call = (waitingSince: number | undefined, method = stat): PendingCall => ({
    method,
    path: '/a',
    startedAt: 0,
    waitingSince,
    reject: () => undefined,
  });

  it('measures from the start of the wait or the last sign of life', () => {
    expect(longestSilence([], 0, 1_000)).toBeUndefined();
    expect(longestSilence([call(100)], 0, 1_000)).toMatchObject({
      method: 'stat',
      path: '/a',
      silentMs: 900,
    });
    expect(longestSilence([call(100)], 700, 1_000)).toMatchObject({ silentMs: 300 });
    expect(longestSilence([call(700)], 100, 1_000)).toMatchObject({ silentMs: 300 });
  });

  it('leaves out calls in which the driver waits for the host', () => {
    expect(longestSilence([call(undefined)], 0, 1_000_000)).toBeUndefined();
    expect(longestSilence([call(undefined), call(900)], 0, 1_000)).toMatchObject({ silentMs: 100 });
  });

  it('names the call that is closest to its limit, or farthest over it', () => {
    const commit = { ...call(0), method: writerCommit };
    expect(writerCommit.idleTimeoutMs).toBeGreaterThan(stat.idleTimeoutMs);
    expect(longestSilence([commit, call(1_000)], 0, 5_000)).toMatchObject({
      method: 'stat',
      silentMs: 4_000,
    });
    expect(longestSilence([call(29_000), commit], 0, 31_000)).toMatchObject({ method: 'writer/commit' });
  });

  it('is fresh after progress of that very call, and after any byte', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const { remote, driver } = await connectScripted();
    remote.stat('/a').catch(() => undefined);
    const request = await driver.next('stat');
    vi.advanceTimersByTime(9_000);
    expect(remote.stalled()).toMatchObject({ silentMs: 9_000, idleTimeoutMs: 10_000 });
    driver.send({ jsonrpc: '2.0', method: '$/progress', params: { id: request.id, bytes: 5 } });
    await settled();
    expect(remote.stalled()).toMatchObject({ silentMs: 0 });
    vi.advanceTimersByTime(2_000);
    driver.sendBytes('Content-');
    await settled();
    expect(remote.stalled()).toMatchObject({ silentMs: 0 });
    driver.sendBytes(frame({ jsonrpc: '2.0', method: 'x' }).subarray('Content-'.length));
    // Progress of what is not open is not a lie: the answer may have crossed it.
    driver.send({ jsonrpc: '2.0', method: '$/progress', params: { id: 4711 } });
    await settled();
    expect(remote.isBroken).toBe(false);
  });

  it('stands still when nothing is asked', async () => {
    const { remote } = await connectScripted();
    expect(remote.stalled()).toBeUndefined();
  });
});

it('trace sees every message in its order', async () => {
  const seen: [TraceDirection, string | undefined][] = [];
  const { remote, driver } = await connectScripted({
    trace: (direction, message) => {
      seen.push([direction, message.method]);
    },
  });
  const call = remote.stat('/a');
  driver.answer(await driver.next('stat'), INFO);
  await call;
  expect(seen).toStrictEqual([
    ['sent', 'initialize'],
    ['received', undefined],
    ['sent', 'initialized'],
    ['sent', 'stat'],
    ['received', undefined],
  ]);
});

it('ignores notifications that it does not know', async () => {
  const { remote, driver } = await connectScripted();
  driver.send({ jsonrpc: '2.0', method: 'window/logMessage', params: { message: 'hello' } });
  driver.send({ jsonrpc: '2.0', method: '$/setTrace' });
  const call = remote.stat('/a');
  driver.answer(await driver.next('stat'), INFO);
  expect((await call).size).toBe(1);
});
