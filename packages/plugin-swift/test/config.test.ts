import { InvalidParametersError } from '@outrigger/driver';
import { describe, expect, it } from 'vitest';
import { parameterSchema, parseParameters } from '../src/config.js';

const least = {
  username: 'test:tester',
  password: 'hush',
  authurl: 'https://swift.example.com/auth/v1.0',
  container: 'registry',
};

function issuesOf(parameters: Record<string, unknown>): readonly { key: string; message: string }[] {
  try {
    parseParameters(parameters);
  } catch (error) {
    if (error instanceof InvalidParametersError) return error.issues;
  }
  return [];
}

describe('parameters', () => {
  it('have the defaults of Distribution', () => {
    expect(parseParameters(least)).toMatchObject({
      chunkSize: 20 * 1024 * 1024,
      prefix: '',
      endpointType: 'public',
      insecureSkipVerify: false,
      region: undefined,
      credentials: { version: 1, username: 'test:tester' },
      tempUrl: { isContainerKey: false, methods: undefined, secretKey: undefined, accessKey: undefined },
    });
  });

  it('may be strings and numbers, as an environment and YAML make them', () => {
    const config = parseParameters({
      ...least,
      tenant: 1234,
      chunksize: '1048576',
      authversion: '3',
      insecureskipverify: 'true',
      tempurlmethods: 'get, head',
      region: '',
      trustid: null,
    });
    expect(config.credentials.tenant).toEqual({ name: '1234' });
    expect(config.credentials.version).toBe(3);
    expect(config).toMatchObject({ chunkSize: 1_048_576, insecureSkipVerify: true, region: undefined });
    expect(config.tempUrl.methods).toEqual(['GET', 'HEAD']);
  });

  it.each(['username', 'password', 'authurl', 'container'])('need %s', (key) => {
    expect(issuesOf({ ...least, [key]: '' })).toEqual([{ key, message: 'is required' }]);
  });

  it.each([
    ['v3', 3],
    ['v2.0', 2],
    ['auth/v1.0', 1],
  ])('see the version in an authurl that ends in %s', (path, version) => {
    const { credentials } = parseParameters({ ...least, authurl: `https://a.example.com/${path}` });
    expect(credentials.version).toBe(version);
  });

  it('want it elsewhere when it is not there', () => {
    const authurl = 'https://a.example.com/identity';
    expect(issuesOf({ ...least, authurl })).toMatchObject([{ key: 'authversion' }]);
    expect(parseParameters({ ...least, authurl, authversion: 3 }).credentials.version).toBe(3);
  });

  it.each([
    ['chunksize', 1_048_575],
    ['chunksize', 'many'],
    ['endpointtype', 'secret'],
    ['authversion', 4],
    ['container', 'a/b'],
    ['authurl', 'ftp://v3'],
    ['authurl', 'https://user:hush@a.example.com/v3'],
    ['tempurlmethods', 7],
    ['nosuch', 1],
  ])('refuse %s: %j by its name', (key, value) => {
    expect(issuesOf({ ...least, [key]: value })).toMatchObject([{ key }]);
  });

  it('name no value of a secret', () => {
    const wrong = { ...least, password: { a: 'hush' }, secretkey: ['hush'] };
    expect(JSON.stringify(issuesOf(wrong))).not.toContain('hush');
    expect(parameterSchema.properties).toMatchObject({
      password: { 'x-secret': true },
      secretkey: { 'x-secret': true },
      accesskey: { 'x-secret': true },
      applicationcredentialsecret: { 'x-secret': true },
    });
  });

  it('take an application credential in the place of user and password', () => {
    const application = { applicationcredentialid: 'id', applicationcredentialsecret: 'hush' };
    const { authurl, container } = { ...least, authurl: 'https://a.example.com/v3' };
    expect(parseParameters({ authurl, container, ...application }).credentials.application).toEqual({
      id: 'id',
      secret: 'hush',
    });
    expect(issuesOf({ authurl, container, applicationcredentialid: 'id' })).toMatchObject([
      { key: 'applicationcredentialsecret' },
    ]);
    expect(issuesOf({ ...least, ...application })).toMatchObject([{ key: 'applicationcredentialid' }]);
  });
});
