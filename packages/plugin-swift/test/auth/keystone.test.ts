import { describe, expect, it, onTestFinished } from 'vitest';
import { createSession } from '../../src/auth/session.js';
import { parseParameters } from '../../src/config.js';
import { createExchange } from '../../src/http/exchange.js';
import { type Said, fakeServer } from '../fake-server.js';

const catalog = [
  { type: 'identity', endpoints: [{ interface: 'public', region: 'One', url: 'http://i' }] },
  {
    type: 'object-store',
    endpoints: [
      { interface: 'internal', region: 'One', region_id: 'One', url: 'http://internal.one/v1/AUTH_p' },
      { interface: 'public', region: 'One', region_id: 'One', url: 'http://public.one/v1/AUTH_p/' },
      { interface: 'public', region: 'Two', region_id: 'Two', url: 'http://public.two/v1/AUTH_p' },
    ],
  },
];

const good: Said = {
  status: 201,
  headers: { 'x-subject-token': 'tok' },
  body: { token: { expires_at: '2126-01-01T00:00:00.000000Z', project: { id: 'p' }, catalog } },
};

async function ask(more: Record<string, unknown>, said: Said = good) {
  const { url, asked } = await fakeServer(() => said);
  const exchange = createExchange({ insecureSkipVerify: false });
  onTestFinished(() => exchange.close());
  const config = parseParameters({
    username: 'u',
    password: 'hush',
    container: 'c',
    authurl: `${url}/v3/`,
    ...more,
  });
  const grant = createSession(exchange, config).grant();
  return { grant, asked };
}

async function sent(more: Record<string, unknown>): Promise<unknown> {
  const { grant, asked } = await ask(more);
  await grant;
  expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual(['POST /v3/auth/tokens']);
  return (JSON.parse(asked[0]?.body ?? '') as { auth: unknown }).auth;
}

const password = (domain: object) => ({
  methods: ['password'],
  password: { user: { name: 'u', password: 'hush', domain } },
});

describe('Keystone v3', () => {
  it('gives the token, its end, the project, and the public endpoint', async () => {
    const { grant } = await ask({});
    expect(await grant).toEqual({
      token: 'tok',
      storageUrl: 'http://public.one/v1/AUTH_p',
      expiresAt: new Date('2126-01-01T00:00:00Z'),
      projectId: 'p',
    });
  });

  it('is asked within a project, by name in its domain or by id', async () => {
    expect(await sent({ tenant: 't' })).toEqual({
      identity: password({ name: 'Default' }),
      scope: { project: { name: 't', domain: { name: 'Default' } } },
    });
    expect(await sent({ tenant: 't', domain: 'd', tenantdomainid: 'td' })).toEqual({
      identity: password({ name: 'd' }),
      scope: { project: { name: 't', domain: { id: 'td' } } },
    });
    expect(await sent({ tenant: 't', tenantid: 'i', domainid: 'd' })).toEqual({
      identity: password({ id: 'd' }),
      scope: { project: { id: 'i' } },
    });
  });

  it('is asked within a trust, or with an application credential', async () => {
    expect(await sent({ trustid: 'x', tenant: 't' })).toMatchObject({
      scope: { 'OS-TRUST:trust': { id: 'x' } },
    });
    const application = { applicationcredentialid: 'i', applicationcredentialsecret: 's' };
    expect(await sent({ ...application, username: '', password: '' })).toEqual({
      identity: { methods: ['application_credential'], application_credential: { id: 'i', secret: 's' } },
    });
  });

  it('has an endpoint for each region and type', async () => {
    const urlOf = async (more: Record<string, unknown>) => (await (await ask(more)).grant).storageUrl;
    expect(await urlOf({ region: 'Two' })).toBe('http://public.two/v1/AUTH_p');
    expect(await urlOf({ endpointtype: 'internal' })).toBe('http://internal.one/v1/AUTH_p');
  });

  it.each([
    [{ region: 'Three' }, good, 'region', 'One, Two'],
    [{ endpointtype: 'admin' }, good, 'endpointtype', 'admin'],
    [{}, { status: 401, body: {} }, 'password', '401'],
    [{}, { status: 404, body: {} }, 'authurl', '404'],
    [{}, { ...good, body: { token: {} } }, 'tenant', 'object store'],
    [{}, { ...good, body: [] }, 'authurl', 'Keystone'],
    [{}, { ...good, headers: {} }, 'authurl', 'tokens'],
  ])('that refuses names the parameter: %j', async (more, said, key, text) => {
    const { grant } = await ask(more, said);
    await expect(grant).rejects.toMatchObject({ key, message: expect.stringContaining(text) as string });
    await grant.catch((error: unknown) => {
      expect(String(error)).not.toContain('hush');
    });
  });
});

it('Keystone v2 is asked with a user and a tenant', async () => {
  const endpoints = [{ region: 'One', publicURL: 'http://p/v1', internalURL: 'http://i/v1' }];
  const access = {
    token: { id: 'tok', expires: '2126-01-01T00:00:00Z', tenant: { id: 'p' } },
    serviceCatalog: [{ type: 'object-store', endpoints }],
  };
  const more = { authversion: 2, tenant: 't', endpointtype: 'internal' };
  const { grant, asked } = await ask(more, { body: { access } });
  expect(await grant).toMatchObject({ token: 'tok', storageUrl: 'http://i/v1', projectId: 'p' });
  expect(asked[0]?.url).toBe('/v3/tokens');
  expect(JSON.parse(asked[0]?.body ?? '')).toEqual({
    auth: { passwordCredentials: { username: 'u', password: 'hush' }, tenantName: 't' },
  });
});
