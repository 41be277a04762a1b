import { InvalidParametersError } from '@outrigger/driver';
import { describe, expect, it } from 'vitest';
import { parameterSchema, parseParameters } from '../src/config.js';

const KEY = Buffer.from('secret key of the account').toString('base64');
const GIVEN = { accountname: 'acc1', accountkey: KEY, container: 'c-1' };

describe('the parameters', () => {
  it('have the defaults of Distribution', () => {
    expect(parseParameters(GIVEN)).toEqual({
      accountName: 'acc1',
      container: 'c-1',
      serviceUrl: 'https://acc1.blob.core.windows.net',
      identity: { type: 'shared_key', accountKey: KEY },
      keyPrefix: '',
      namePrefix: '',
      tries: 5,
      retryDelayMs: 100,
      abandonedAfterMs: 168 * 3_600_000,
      skipVerify: false,
    });
  });

  it('may be texts, and empty ones are absent', () => {
    const spelt = { max_retries: '3', retry_delay: '1m30s', skipverify: 'true', legacyrootprefix: 'true' };
    const empty = { connectionstring: '', serviceurl: '', rootdirectory: '', credentials: null };
    expect(parseParameters({ ...GIVEN, ...spelt, ...empty })).toMatchObject({
      tries: 3,
      retryDelayMs: 90_000,
      skipVerify: true,
      namePrefix: '/',
    });
  });

  it.each([
    [0, 5],
    [-1, 1],
    [1, 1],
    [20, 20],
  ])('max_retries %i is %i tries', (given, tries) => {
    expect(parseParameters({ ...GIVEN, max_retries: given }).tries).toBe(tries);
  });

  it.each([
    ['/', ''],
    ['/a/b/', 'a/b/'],
    ['a', 'a/'],
  ])('rootdirectory %s is the prefix %s', (rootdirectory, prefix) => {
    expect(parseParameters({ ...GIVEN, rootdirectory }).keyPrefix).toBe(prefix);
  });

  it('take a realm, and a URL of the service', () => {
    expect(parseParameters({ ...GIVEN, realm: 'core.chinacloudapi.cn' }).serviceUrl).toBe(
      'https://acc1.blob.core.chinacloudapi.cn',
    );
    expect(parseParameters({ ...GIVEN, serviceurl: 'http://127.0.0.1:1/acc1/' }).serviceUrl).toBe(
      'http://127.0.0.1:1/acc1',
    );
  });

  it('take a connection string in the place of account and key', () => {
    const connectionstring = `DefaultEndpointsProtocol=https;AccountName=acc2;AccountKey=${KEY};EndpointSuffix=core.windows.net`;
    expect(parseParameters({ connectionstring, container: 'c-1' })).toMatchObject({
      accountName: 'acc2',
      serviceUrl: 'https://acc2.blob.core.windows.net',
      identity: { type: 'shared_key', accountKey: KEY },
    });
  });

  it.each(['client_secret', 'default_credentials'])('take credentials of the type %s', (type) => {
    const credentials = { type, clientid: 'c', tenantid: 't', secret: 's' };
    expect(parseParameters({ accountname: 'acc1', container: 'c-1', credentials }).identity.type).toBe(type);
  });
});

describe('what is wrong', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['nothing is given', { accountname: null, accountkey: null, container: null }, 'container: is required'],
    ['an account', { ...GIVEN, accountname: '' }, 'accountname: is required'],
    ['a container', { ...GIVEN, container: 'Not-One' }, 'container: must be 3 to 63'],
    ['a key', { ...GIVEN, accountkey: 'VALUE!' }, 'accountkey: must be base64'],
    [
      'no identity',
      { accountname: 'acc1', container: 'c-1' },
      'credentials.type: is required without accountkey',
    ],
    ['a type', { ...GIVEN, credentials: { type: 'default' } }, 'credentials.type: must be client_secret'],
    [
      'a nested name',
      { ...GIVEN, credentials: { clientID: 'VALUE' } },
      'credentials.clientID: unknown parameter',
    ],
    [
      'a missing secret',
      { ...GIVEN, credentials: { type: 'client_secret', clientid: 'VALUE', tenantid: 'VALUE' } },
      'credentials.secret: is required for client_secret',
    ],
    ['tries', { ...GIVEN, max_retries: 21 }, 'max_retries: must be -1 to 20'],
    ['a delay', { ...GIVEN, retry_delay: 'VALUE' }, 'retry_delay: must be a duration'],
    ['a URL', { ...GIVEN, serviceurl: 'https://x/?sig=VALUE' }, 'serviceurl: must be an http or https URL'],
    [
      'a connection string',
      { connectionstring: 'VALUE', container: 'c-1' },
      'connectionstring: must have an AccountName',
    ],
    [
      'a signature',
      { connectionstring: 'BlobEndpoint=https://x;SharedAccessSignature=VALUE', container: 'c-1' },
      'connectionstring: has a shared access signature',
    ],
    ['an unknown name', { ...GIVEN, acountname: 'VALUE' }, 'acountname: unknown parameter'],
  ])('%s: the message names the key and no value', (_what, parameters, words) => {
    const parse = () => parseParameters(parameters);
    expect(parse).toThrow(InvalidParametersError);
    expect(parse).toThrow(words);
    expect(parse).not.toThrow('VALUE');
  });
});

it('the schema marks what is secret', () => {
  const marked = JSON.stringify(parameterSchema).match(/"x-secret":true/g);
  expect(marked).toHaveLength(3);
  expect(parameterSchema).toMatchObject({
    required: ['container'],
    properties: {
      accountkey: { 'x-secret': true },
      connectionstring: { 'x-secret': true },
      credentials: { properties: { secret: { 'x-secret': true } } },
    },
  });
});
