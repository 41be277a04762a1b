import { InvalidParametersError } from '@outrigger/driver';
import { expect, test } from 'vitest';
import { parseParameters } from '../src/config.js';

const GIVEN = {
  host: 'store.example',
  username: 'registry',
  password: 'hunter2',
  hostkey: `SHA256:${'A'.repeat(43)}`,
  rootdirectory: '/srv/registry',
};

function issuesOf(parameters: Record<string, unknown>): Record<string, string> {
  try {
    parseParameters(parameters);
    return {};
  } catch (error) {
    if (!(error instanceof InvalidParametersError)) throw error;
    expect(error.message).not.toContain('hunter2');
    return Object.fromEntries(error.issues.map(({ key, message }) => [key, message]));
  }
}

test('what is left out has its default', () => {
  expect(parseParameters(GIVEN)).toMatchObject({
    port: 22,
    maxConnections: 4,
    connectTimeoutMs: 10_000,
    requestTimeoutMs: 60_000,
    keepAliveMs: 10_000,
    agent: false,
    commit: 'durable',
  });
});

test('numbers and switches may be texts', () => {
  const given = { ...GIVEN, port: '2222', maxconnections: '2', agent: 'true', requesttimeout: '1m30s' };
  expect(parseParameters(given)).toMatchObject({
    port: 2222,
    maxConnections: 2,
    agent: true,
    requestTimeoutMs: 90_000,
  });
});

test('everything that is missing is named at once', () => {
  expect(Object.keys(issuesOf({})).sort()).toEqual([
    'host',
    'hostkey',
    'password',
    'rootdirectory',
    'username',
  ]);
});

test.each([
  ['host', 'sftp://store.example/'],
  ['port', 0],
  ['port', 65_536],
  ['maxconnections', 0],
  ['maxconnections', 65],
  ['agent', 'perhaps'],
  ['keepalive', '0s'],
  ['requesttimeout', 'soon'],
  ['passphrase', 'hunter2'],
  ['commit', 'never'],
  ['hostkey', ''],
  ['bucket', 'hunter2'],
])('%s: %s is refused', (key, value) => {
  expect(Object.keys(issuesOf({ ...GIVEN, [key]: value }))).toEqual([key]);
});

test.each([{ agent: true }, { privatekey: '/some/key' }])('no password is needed with %o', (others) => {
  expect(issuesOf({ ...GIVEN, password: undefined, ...others })).toEqual({});
});
