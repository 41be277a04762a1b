import assert from 'node:assert/strict';
import { CAPABILITY_NAMES } from '@outrigger/driver';
import { type ConformanceCase, skip } from '../../case.js';
import { CODES, alive, refusedWith, resultOf, recordOf } from '../answers.js';
import type { ProtocolContext } from '../protocol-context.js';

const SECRET = 'outrigger-conformance-secret';

export const handshakeCases: readonly ConformanceCase<ProtocolContext>[] = [
  {
    id: 'P1',
    name: 'handshake: version, name, capabilities and planes',
    promise:
      '`initialize` is answered with protocolVersion, driver, capabilities and dataPlanes; inline is always one.',
    async run({ start, initializeParams }) {
      const client = start();
      const result = resultOf(await client.request('initialize', initializeParams()));
      const { protocolVersion, driver, dataPlanes, capabilities, concurrency = 1 } = result;
      assert.equal(protocolVersion, 1);
      assert.ok(isNamed(driver), 'driver has a name of a driver and a version');
      assert.ok(Array.isArray(dataPlanes) && dataPlanes.includes('inline'), 'inline is among the planes');
      assert.ok(
        Number.isSafeInteger(concurrency) && Number(concurrency) >= 1,
        'concurrency is a number of calls',
      );
      expectKnown(capabilities);
      await alive(client);
    },
  },
  {
    id: 'P1.versions',
    name: 'handshake: the common version is found among many',
    promise: 'The driver chooses a major that both sides speak.',
    async run({ start, initializeParams }) {
      const params = initializeParams({ protocolVersions: [4711, 1, 0] });
      assert.equal(resultOf(await start().request('initialize', params)).protocolVersion, 1);
    },
  },
  {
    id: 'P2',
    name: 'handshake: without a common version it is refused',
    promise: 'No common major is an error of its own, with the majors that the driver speaks.',
    async run({ start, initializeParams }) {
      const params = initializeParams({ protocolVersions: [4711] });
      const data = refusedWith(await start().request('initialize', params), 'NO_COMMON_VERSION');
      assert.ok(
        Array.isArray(data.protocolVersions) && data.protocolVersions.includes(1),
        'data.protocolVersions',
      );
    },
  },
  {
    id: 'P3',
    name: 'handshake: bad parameters name the key and never the value',
    promise: 'Bad parameters fail in `initialize`, readably. `data.issues` names the keys, never the values.',
    async run({ start, initializeParams, parameters }) {
      const changed = initializeParams({ parameters: { ...parameters, nosuchparameter: SECRET } });
      const answer = await start().request('initialize', changed);
      if (answer.error === undefined) skip('the driver takes parameters that it does not know');
      const data = refusedWith(answer, 'INVALID_PARAMETERS');
      assert.ok(JSON.stringify(data.issues).includes('nosuchparameter'), 'data.issues names the key');
      assert.ok(!JSON.stringify(answer).includes(SECRET), 'the value is not in the answer');
    },
  },
  {
    id: 'P3.map',
    name: 'handshake: parameters that are no map are refused',
    promise: 'The parameters are a map.',
    async run({ start, initializeParams }) {
      const { error } = await start().request('initialize', initializeParams({ parameters: 'text' }));
      const codes: number[] = [CODES.INVALID_PARAMS, CODES.INVALID_PARAMETERS];
      const got = error === undefined ? 'a result' : `${String(error.code)}: ${error.message}`;
      assert.ok(
        error !== undefined && codes.includes(error.code),
        `expected ${codes.join(' or ')}, got ${got}`,
      );
    },
  },
  {
    id: 'P4',
    name: 'handshake: nothing else is served before it',
    promise: 'Anything before `initialize` is an error of its own code.',
    async run({ start, initializeParams }) {
      const client = start();
      for (const [method, params] of [
        ['stat', { path: '/a' }],
        ['list', { path: '/' }],
        ['ping', {}],
      ] as const) {
        refusedWith(await client.request(method, params), 'NOT_INITIALIZED');
      }
      resultOf(await client.request('initialize', initializeParams()));
      await alive(client);
    },
  },
  {
    id: 'P5',
    name: 'handshake: a second one is refused, and the first holds',
    promise: 'A second `initialize` is an error of its own code.',
    async run({ open, initializeParams }) {
      const client = await open();
      refusedWith(await client.request('initialize', initializeParams()), 'ALREADY_INITIALIZED');
      await alive(client);
    },
  },
  {
    id: 'P6',
    name: 'handshake: fields from the future are ignored',
    promise: 'Unknown fields are ignored.',
    async run({ start, initializeParams }) {
      const client = start();
      const params = initializeParams({ future: { nested: [1, null] }, dataPlanes: ['inline'] });
      resultOf(await client.request('initialize', params));
      client.notify('initialized', { dataPlanes: ['inline'], future: true });
      client.notify('$/future', {});
      client.notify('future', { a: 1 });
      resultOf(await client.request('ping', { future: 1 }));
    },
  },
  {
    id: 'P7',
    name: 'describe: prints one JSON object that the handshake bears out',
    promise: '`--describe` prints one JSON object and exits. It is optional.',
    async run({ run, start, initializeParams }) {
      const printing = run(['--describe']);
      printing.endInput();
      const { status } = await printing.exited;
      if (status !== 0 || printing.output() === '') skip('the driver has no --describe: it is optional');
      const description = recordOf(JSON.parse(printing.output()), 'the description');
      const { driver, dataPlanes } = resultOf(await start().request('initialize', initializeParams()));
      assert.ok(
        isNamed(driver) && driver.name === description.name && driver.version === description.version,
      );
      assert.ok(Array.isArray(description.protocolVersions) && description.protocolVersions.includes(1));
      const described: unknown[] = Array.isArray(description.dataPlanes) ? description.dataPlanes : [];
      for (const plane of Array.isArray(dataPlanes) ? dataPlanes : [])
        assert.ok(described.includes(plane), String(plane));
    },
  },
];

function isNamed(driver: unknown): driver is { name: string; version: string } {
  if (typeof driver !== 'object' || driver === null || !('name' in driver) || !('version' in driver))
    return false;
  return /^[a-z][a-z0-9-]{0,31}$/.test(String(driver.name)) && typeof driver.version === 'string';
}

/** A misspelt capability would silently never be used. */
function expectKnown(capabilities: unknown): void {
  assert.ok(typeof capabilities === 'object' && capabilities !== null, 'capabilities is an object');
  const known: readonly string[] = [...CAPABILITY_NAMES, 'roots'];
  for (const [name, value] of Object.entries(capabilities)) {
    assert.ok(known.includes(name) || name.startsWith('x-'), `unknown capability ${name}`);
    if (name === 'roots') assert.ok(Array.isArray(value), 'roots is an array');
    else if (known.includes(name)) assert.equal(typeof value, 'boolean', `capability ${name} is a switch`);
  }
}
