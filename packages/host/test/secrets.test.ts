import { describe, expect, test } from 'vitest';
import { driverArgument } from '../src/arguments.js';
import { driverEnvironment } from '../src/environment.js';
import { findSecrets } from '../src/secrets.js';
import { maskMessage } from '../src/trace.js';

const schema = {
  type: 'object',
  properties: {
    rootdirectory: { type: 'string', 'x-path': true },
    secretkey: { type: 'string', 'x-secret': true },
    nested: { type: 'object', properties: { password: { 'x-secret': true } } },
    elsewhere: { $ref: '#/$defs/any' },
  },
  oneOf: [{ properties: { token: { 'x-secret': true } } }, { properties: { token: {}, region: {} } }],
};
const parameters = {
  rootdirectory: '/data',
  secretkey: 'hunter2hunter2',
  nested: { user: 'me', password: 'p4ssword' },
  elsewhere: 'referred',
  token: 'the token',
  region: 'eu',
  secretkee: 'misspelt secret',
  usessl: true,
};

describe('what may be seen', () => {
  test('argv has what is declared and not secret', () => {
    const { open } = findSecrets(parameters, schema);
    expect(driverArgument(open)).toBe('{"rootdirectory":"/data","region":"eu"}');
  });

  test('without a description argv has nothing', () => {
    expect(driverArgument(findSecrets(parameters, undefined).open)).toBe('{}');
  });

  test('a map too long for argv stays out of it', () => {
    expect(driverArgument({ a: 'x'.repeat(200_000) })).toBe('{}');
    expect(driverArgument({ a: '€'.repeat(50_000) })).toBe('{}');
    expect(driverArgument({ a: 'nul\u0000' })).toBe('{}');
  });

  test('secrets are taken out of a text, however they are written', () => {
    const key = '-----BEGIN KEY-----\nMIIabcdefgh\n-----END KEY-----';
    const { redact } = findSecrets({ ...parameters, secretkey: key, token: 'a/b c"d' }, schema);
    expect(redact('line MIIabcdefgh of it')).toBe('line *** of it');
    expect(redact(JSON.stringify({ key }))).toBe('{"key":"***"}');
    expect(redact('a/b c"d, a%2Fb%20c%22d')).toBe('***, ***');
    expect(redact('p4ssword misspelt secret /data eu true')).toBe('*** *** /data eu true');
  });

  test('without a description paths can still be read', () => {
    const { redact } = findSecrets(parameters, undefined);
    expect(redact('cannot open /data with hunter2hunter2')).toBe('cannot open /data with ***');
  });
});

test('trace: parameters, content, tokens, signed URLs', () => {
  const secrets = findSecrets(parameters, schema);
  const initialize = {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { parameters, hostPid: 1 },
  } as const;
  expect(maskMessage(initialize, secrets).params).toMatchObject({
    hostPid: 1,
    parameters: { rootdirectory: '/data', secretkey: '***', nested: '***', token: '***' },
  });
  const answer = {
    jsonrpc: '2.0',
    id: 1,
    result: { data: 'aGVsbG8=', url: 'https://h/p?sig=1', token: 't' },
  } as const;
  expect(maskMessage(answer, secrets).result).toEqual({
    data: '(5 bytes)',
    url: 'https://h/p?***',
    token: '***',
  });
});

test('environment: an allow-list, and what the driver asks for', () => {
  const own = {
    PATH: '/bin',
    LC_ALL: 'C',
    https_proxy: 'http://p',
    AWS_REGION: 'eu',
    AWS: 'no',
    NODE_OPTIONS: '--inspect',
    LD_PRELOAD: '/x.so',
    REGISTRY_HTTP_SECRET: 's',
    OTHER: 'x',
    UNSET: undefined,
  };
  expect(driverEnvironment(own)).toEqual({ PATH: '/bin', LC_ALL: 'C', https_proxy: 'http://p' });
  const wanted = ['AWS_*', '*', 'NODE_OPTIONS', 'LD_PRELOAD', 'REGISTRY_*', 'UNSET'];
  expect(Object.keys(driverEnvironment(own, wanted))).toEqual([
    'PATH',
    'LC_ALL',
    'https_proxy',
    'AWS_REGION',
  ]);
});
