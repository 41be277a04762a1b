import { randomBytes } from 'node:crypto';
import type { KeystoneServer } from './keystone-server.js';
import { passwordOf, scopeOf, startKeystone } from './keystone-server.js';
import type { SwiftContainer, SwiftServer } from './swift-server.js';
import { SEGMENT, launchSwift } from './swift-server.js';

/** Swift that takes the tokens of a Keystone, where a user of a project in a domain has it. */
export interface OpenStack {
  readonly keystone: KeystoneServer;
  readonly swift: Omit<SwiftServer, 'createStore'>;
  /** Puts an address of Swift into the catalogue: `public` is there from the start. */
  offer(type: 'internal', url: string): Promise<void>;
  /** A container that only its name exists of, with the password of the user. */
  createStore(): SwiftContainer;
  /** In the place of the user's password, for the same project. */
  createApplicationCredential(): Promise<ApplicationCredential>;
  stop(): Promise<void>;
}

export interface ApplicationCredential {
  readonly applicationcredentialid: string;
  readonly applicationcredentialsecret: string;
}

const [DOMAIN, PROJECT, USER, PASSWORD] = ['registries', 'images', 'pusher', 'testing-user'];
const IDENTITY = { identity: passwordOf(USER, PASSWORD, DOMAIN), scope: scopeOf(PROJECT, DOMAIN) };
const REGION = 'here';

/** @param commands - the programs of both, see `useTool` and `findTool` */
export async function startOpenStack(commands: { keystone: string; swift: string }): Promise<OpenStack> {
  const keystone = await startKeystone(commands.keystone);
  const swift = await launchSwift(commands.swift, [keystone.url, keystone.password]);
  const user = await createUser(keystone);
  const service = await create(keystone, 'service', { type: 'object-store', name: 'swift' });
  const offer = async (type: string, url: string) => {
    const at = `${url}/v1/AUTH_%(project_id)s`;
    await create(keystone, 'endpoint', { service_id: service, interface: type, region_id: REGION, url: at });
  };
  await offer('public', swift.url);
  return {
    keystone,
    swift,
    offer,
    createStore: () => createContainer(keystone, swift.url),
    async createApplicationCredential() {
      const { token } = await keystone.authenticate(IDENTITY);
      const body = { application_credential: { name: randomBytes(6).toString('hex') } };
      const made = await keystone.ask('POST', `/users/${user}/application_credentials`, body, token);
      const get = (name: string) => made.text('application_credential', name);
      return { applicationcredentialid: get('id'), applicationcredentialsecret: get('secret') };
    },
    async stop() {
      await swift.stop();
      await keystone.stop();
    },
  };
}

/** @returns its id */
async function createUser(keystone: KeystoneServer): Promise<string> {
  const domain = await create(keystone, 'domain', { name: DOMAIN });
  const project = await create(keystone, 'project', { name: PROJECT, domain_id: domain });
  const user = await create(keystone, 'user', { name: USER, password: PASSWORD, domain_id: domain });
  const member = (await keystone.ask('GET', '/roles?name=member')).text('roles', '0', 'id');
  await keystone.ask('PUT', `/projects/${project}/users/${user}/roles/${member}`);
  return user;
}

async function create(keystone: KeystoneServer, kind: string, body: object): Promise<string> {
  return (await keystone.ask('POST', `/${kind}s`, { [kind]: body })).text(kind, 'id');
}

function createContainer(keystone: KeystoneServer, url: string): SwiftContainer {
  const name = `registry-${randomBytes(6).toString('hex')}`;
  return {
    name,
    parameters: () => ({
      authurl: keystone.url,
      username: USER,
      password: PASSWORD,
      domain: DOMAIN,
      tenant: PROJECT,
      region: REGION,
      container: name,
      chunksize: SEGMENT,
    }),
    async names() {
      const { token, body } = await keystone.authenticate(IDENTITY);
      const account = `${url}/v1/AUTH_${body.text('token', 'project', 'id')}`;
      const answer = await fetch(`${account}/${name}?limit=10000`, { headers: { 'x-auth-token': token } });
      if (!answer.ok) throw new Error(`the container cannot be listed: ${answer.status}`);
      return (await answer.text()).split('\n').filter((line) => line !== '');
    },
  };
}
