import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidParametersError, StorageError } from '@outrigger/driver';
import { filesystem } from '@outrigger/plugin-fs';
import { inmemory } from '@outrigger/plugin-memory';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { connectDriver } from '../../src/host/connect-driver.js';
import { IncompatibleVersionError } from '../../src/host/handshake-error.js';
import { Session } from '../../src/plugin/session.js';
import { LIMITS } from '../../src/protocol/limits.js';
import { memoryChannel } from '../support/channel.js';
import { containing, matching } from '../support/matchers.js';
import { frameOf } from '../support/frames.js';
import { connectPair, HOST } from '../support/pair.js';
import { ANSWER, ScriptedDriver, connectScripted } from '../support/scripted-driver.js';
import type { Message } from '../support/scripted-driver.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { testFactory, untilAborted } from '../support/test-driver.js';

/** A handshake that has not come to its end yet. */
function begin(options: { timeoutMs?: number; signal?: AbortSignal; directory?: string } = {}) {
  const driver = new ScriptedDriver();
  const connecting = connectDriver({
    ...driver.channel.host,
    name: 'scripted',
    parameters: { rootdirectory: '/srv', secret: 's3cr3t' },
    host: HOST,
    ...options,
  });
  return { driver, connecting };
}

describe('the host', () => {
  it('offers what it has', async () => {
    const directory = await temporaryDirectory();
    const { driver, connecting } = begin({ directory });
    const request = await driver.next('initialize');
    expect(request.params).toStrictEqual({
      protocolVersions: [1],
      host: HOST,
      hostPid: process.pid,
      parameters: { rootdirectory: '/srv', secret: 's3cr3t' },
      dataPlanes: ['file', 'socket', 'inline'],
      socketPath: join(directory, 'data.sock'),
      nonce: matching(/^[0-9a-f]{32}$/),
      limits: LIMITS,
    });
    driver.answer(request, { ...ANSWER, concurrency: 3 });
    const remote = await connecting;
    onTestFinished(() => remote.close());
    expect(remote).toMatchObject({ name: 'scripted', version: '1.2.3', protocolVersion: 1 });
    // There is no probe: the driver's files are not the host's.
    expect(remote.dataPlanes).toStrictEqual(['socket', 'inline']);
    expect((await driver.next('initialized')).params).toStrictEqual({ dataPlanes: ['socket', 'inline'] });
  });

  it('offers no socket without a directory, and inline always', async () => {
    const { driver, connecting } = begin();
    const request = await driver.next('initialize');
    expect(request.params).toMatchObject({ dataPlanes: ['file', 'inline'] });
    expect(request.params).not.toHaveProperty('socketPath');
    driver.answer(request, { ...ANSWER, dataPlanes: [] });
    expect((await connecting).dataPlanes).toStrictEqual(['inline']);
  });

  it('F14: ignores capabilities and planes that it does not know', async () => {
    const { remote } = await connectScripted({
      answer: {
        capabilities: { walk: true, copy: false, teleport: true, 'x-own': { deep: [1] }, redirectURL: true },
        dataPlanes: ['inline', 'socket', 'shared-memory'],
      },
    });
    expect(remote.capabilities).toStrictEqual({ walk: true, redirectURL: true });
    expect(remote.dataPlanes).toStrictEqual(['socket', 'inline']);
  });

  it('F12: takes no capability from below __proto__', async () => {
    const { driver, connecting } = begin();
    const { id } = await driver.next('initialize');
    const result = JSON.stringify(ANSWER).replace(
      '"capabilities":{}',
      '"capabilities":{"__proto__":{"copy":true},"constructor":{"prototype":{"walk":true}}}',
    );
    driver.sendBytes(frameOf(Buffer.from(`{"jsonrpc":"2.0","id":${String(id)},"result":${result}}`)));
    expect((await connecting).capabilities).toStrictEqual({});
    expect(Object.keys(Object.prototype)).toStrictEqual([]);
  });

  it.each([0, 2, 99])('F14: refuses protocol version %d', async (protocolVersion) => {
    const { driver, connecting } = begin();
    driver.answer(await driver.next('initialize'), { ...ANSWER, protocolVersion });
    const error = await connecting.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(IncompatibleVersionError);
    expect(error).toMatchObject({ hostVersions: [1], driverVersions: [protocolVersion] });
  });

  it.each([
    ['both lists', { protocolVersions: [2, 3] }, [2, 3], /speaks 1, .* speaks 2, 3/],
    ['a driver that names none', undefined, [], /none that it names/],
    ['a list that is none', { protocolVersions: 'abc' }, [], /none that it names/],
  ])('F14: tells that there is no common version: %s', async (_what, data, driverVersions, message) => {
    const { driver, connecting } = begin();
    driver.refuse(await driver.next('initialize'), 1102, data);
    const error = await connecting.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(IncompatibleVersionError);
    expect(error).toMatchObject({ hostVersions: [1], driverVersions });
    expect(String(error)).toMatch(message);
  });

  it.each([
    ['a version of text', { ...ANSWER, protocolVersion: 'abc' }],
    ['no driver', { ...ANSWER, driver: undefined }],
    ['a capability of text', { ...ANSWER, capabilities: { walk: 'yes' } }],
    ['a concurrency of zero', { ...ANSWER, concurrency: 0 }],
    ['null', null],
  ])('refuses an answer with %s', async (_what, answer) => {
    const { driver, connecting } = begin();
    driver.answer(await driver.next('initialize'), answer);
    await expect(connecting).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      detail: containing('initialize'),
    });
  });

  it('keeps the type of wrong parameters and the keys, not the values', async () => {
    const pairing = connectPair({ factory: filesystem, parameters: { maxthreads: 'many', colour: 'red' } });
    const error = await pairing.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(InvalidParametersError);
    expect((error as InvalidParametersError).issues.map(({ key }) => key).sort()).toStrictEqual([
      'colour',
      'maxthreads',
    ]);
    expect(String(error)).toMatch(/maxthreads: .*; colour: unknown parameter/);
    expect(String(error)).not.toMatch(/many|red/);
  });

  it('takes issues that are none as one for the whole map', async () => {
    const { driver, connecting } = begin();
    driver.refuse(await driver.next('initialize'), 1103, { issues: 'x' }, 'the bucket is missing');
    await expect(connecting).rejects.toMatchObject({
      issues: [{ key: '', message: 'the bucket is missing' }],
    });
  });

  it('passes other failures of the driver on', async () => {
    const factory = testFactory({}, { create: () => Promise.reject(new Error('the backend is away')) });
    await expect(connectPair({ factory })).rejects.toMatchObject({
      code: 'INTERNAL',
      detail: 'the backend is away',
    });
  });

  it('does not wait longer than its time-out', async () => {
    const { driver, connecting } = begin({ timeoutMs: 20 });
    await expect(connecting).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      detail: 'no answer to initialize within 20 ms',
    });
    // The answer that comes too late is nobody's.
    for (const request of driver.received) driver.answer(request, ANSWER);
    await new Promise(setImmediate);
  });

  it('ends at once when it is aborted', async () => {
    const abort = new AbortController();
    const { driver, connecting } = begin({ signal: abort.signal });
    await driver.next('initialize');
    abort.abort();
    await expect(connecting).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it.each([
    ['a banner', 'Welcome to storage!\n', /"Welcome to storage!\\n"/],
    ['bytes', Buffer.from([0, 1, 2, 255]), /"\\x00\\x01\\x02\\xff"/],
  ])('quotes %s before the answer', async (_what, bytes, message) => {
    const { driver, connecting } = begin();
    driver.sendBytes(bytes);
    const error = await connecting.catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'UNAVAILABLE' });
    expect(String(error)).toMatch(message);
  });

  it('fails when the driver ends', async () => {
    const { driver, connecting } = begin();
    await driver.next('initialize');
    driver.end();
    await expect(connecting).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      detail: 'the driver closed its channel',
    });
  });

  it('leaves no socket behind when it fails', async () => {
    const directory = await temporaryDirectory();
    const { driver, connecting } = begin({ directory });
    driver.refuse(await driver.next('initialize'), 1103);
    expect(existsSync(join(directory, 'data.sock'))).toBe(true);
    await expect(connecting).rejects.toThrow();
    expect(readdirSync(directory)).toStrictEqual([]);
  });

  it.each([
    ['too long for a socket', 'UNSUPPORTED', (directory: string) => join(directory, 'x'.repeat(100))],
    ['missing', 'UNAVAILABLE', (directory: string) => join(directory, 'none')],
  ])('says so when its directory is %s', async (_what, code, name) => {
    const { connecting } = begin({ directory: name(await temporaryDirectory()) });
    const error = await connecting.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(StorageError);
    expect(error).toMatchObject({ code });
  });
});

describe('the driver', () => {
  /** A session, and calls by hand. */
  function startSession(factory = inmemory, parameters = {}) {
    const channel = memoryChannel();
    const session = new Session({ ...channel.driver, factory, parameters });
    onTestFinished(() => session.close());
    const answers = new ScriptedDriver({ host: channel.driver, driver: channel.host });
    let id = 0;
    const call = async (method: string, params?: object): Promise<Message> => {
      const sent = ++id;
      answers.send({ jsonrpc: '2.0', id: sent, method, params });
      for (;;) {
        const found = answers.received.find((message) => message.id === sent);
        if (found !== undefined) return found;
        await new Promise(setImmediate);
      }
    };
    return { session, call, answers };
  }
  const OFFER = { protocolVersions: [1], host: HOST, hostPid: 1, dataPlanes: ['inline'], limits: LIMITS };

  it.each([
    [[1], 1],
    [[0, 1, 2], 1],
    [Array.from({ length: 60 }, (_, i) => i), 1],
  ])('picks the highest common version of %j', async (protocolVersions, protocolVersion) => {
    const { call } = startSession();
    expect((await call('initialize', { ...OFFER, protocolVersions })).result).toMatchObject({
      protocolVersion,
    });
  });

  it.each([[[]], [[0]], [[99]], [[2, 3]]])(
    'refuses the versions %j and names its own',
    async (protocolVersions) => {
      const { call } = startSession();
      const { error } = await call('initialize', { ...OFFER, protocolVersions });
      expect(error).toMatchObject({ code: 1102, data: { protocolVersions: [1] } });
      expect(error?.message).toContain('this driver speaks 1');
    },
  );

  it.each([
    ['versions of text', { ...OFFER, protocolVersions: ['abc'] }],
    ['no limits', { ...OFFER, limits: undefined }],
    ['an unknown plane', { ...OFFER, dataPlanes: ['pigeon'] }],
    ['nothing', undefined],
  ])('refuses an initialize with %s', async (_what, params) => {
    const { call } = startSession();
    expect((await call('initialize', params)).error).toMatchObject({ code: -32602 });
    expect((await call('initialize', OFFER)).result).toBeDefined();
  });

  it('refuses everything before initialize, and a second one', async () => {
    const { call } = startSession();
    for (const method of ['ping', 'shutdown', 'stat', 'writer/open'])
      expect((await call(method, { path: '/a' })).error).toMatchObject({ code: -32002 });
    expect((await call('initialize', OFFER)).result).toBeDefined();
    expect((await call('initialize', OFFER)).error).toMatchObject({ code: 1101 });
    expect((await call('ping')).result).toStrictEqual({});
  });

  it('refuses a second initialize while the first one works', async () => {
    const abort = new AbortController();
    onTestFinished(() => {
      abort.abort();
    });
    const { call } = startSession(testFactory({}, { create: () => untilAborted(abort.signal) }));
    void call('initialize', OFFER);
    expect((await call('initialize', OFFER)).error).toMatchObject({ code: 1101 });
    expect((await call('stat', { path: '/a' })).error).toMatchObject({ code: -32002 });
    abort.abort();
  });

  it('can be initialized again after wrong parameters, and takes those of argument 1 when there are none', async () => {
    const { call } = startSession(inmemory, { bad: 1 });
    expect((await call('initialize', OFFER)).error).toMatchObject({
      code: 1103,
      data: { issues: [{ key: 'bad', message: 'unknown parameter' }] },
    });
    expect((await call('initialize', { ...OFFER, parameters: {} })).result).toBeDefined();
  });

  it('answers unknown methods and wrong parameters with JSON-RPC errors', async () => {
    const { call } = startSession();
    await call('initialize', OFFER);
    expect((await call('teleport', {})).error).toMatchObject({ code: -32601 });
    expect((await call('__proto__', {})).error).toMatchObject({ code: -32601 });
    expect((await call('stat', { path: 7 })).error).toMatchObject({
      code: -32602,
      message: containing('path'),
    });
    expect((await call('stat', [])).error).toMatchObject({ code: -32602 });
    expect((await call('list', { path: '/', limit: 0 })).error).toMatchObject({ code: -32602 });
  });

  it('serves nothing after shutdown', async () => {
    const { call, session, answers } = startSession();
    await call('initialize', OFFER);
    expect((await call('shutdown')).result).toStrictEqual({});
    expect((await call('stat', { path: '/' })).error).toMatchObject({ code: -32002 });
    answers.send({ jsonrpc: '2.0', method: 'exit' });
    expect(await session.ended).toBe(0);
  });

  it.each([
    ['exit without shutdown', { jsonrpc: '2.0', method: 'exit' }, 1],
    ['a batch', [], 1],
  ])('ends on %s', async (_what, message, status) => {
    const { session, answers } = startSession();
    answers.send(message);
    expect(await session.ended).toBe(status);
  });

  it.each([
    ['a cancel without params', { method: '$/cancelRequest' }],
    ['a cancel without an id', { method: '$/cancelRequest', params: {} }],
    ['a cancel of something', { method: '$/cancelRequest', params: { id: {} } }],
    ['an answer', { id: 4711, result: {} }],
    ['an error without an id', { id: null, error: { code: 1, message: 'no' } }],
  ])('goes on after %s, and the log tells of it', async (_what, message) => {
    const log = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    onTestFinished(() => {
      log.mockRestore();
    });
    const { call, answers } = startSession();
    await call('initialize', OFFER);
    answers.send({ jsonrpc: '2.0', ...message });
    expect((await call('ping')).result).toStrictEqual({});
    expect(log).toHaveBeenCalledExactlyOnceWith(containing('ignored what the host sent'));
  });

  it.each(['%%%%', 'YWJ', 'Y===', 'YQ==YQ==', 'YW\nJj'])('refuses %j as base64', async (text) => {
    const { call } = startSession();
    await call('initialize', OFFER);
    expect((await call('put', { path: '/a', content: text })).error).toMatchObject({ code: -32602 });
    const { result } = await call('writer/open', { path: '/a', mode: 'truncate' });
    const { writer } = result as { writer: string };
    const write = { writer, offset: 0, data: text };
    expect((await call('writer/write', write)).error).toMatchObject({
      code: -32602,
      message: containing('params.data'),
    });
    expect((await call('writer/write', { ...write, data: 'YWJj' })).result).toStrictEqual({ size: 3 });
  });

  it('ends with status 0 when the host closes the channel', async () => {
    const { session, answers } = startSession();
    answers.end();
    expect(await session.ended).toBe(0);
  });
});
