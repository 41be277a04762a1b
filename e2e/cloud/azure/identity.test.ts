import { createServer } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { azure } from '@outrigger/plugin-azure';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startAzurite } from '../../harness/azurite-server.js';
import { fromRoot } from '../../harness/paths.js';
import { MIB } from '../../harness/scale.js';
import { useTool } from '../../harness/tool.js';

const TLS = { cert: fromRoot('e2e/acme/address/cert.pem'), key: fromRoot('e2e/acme/address/key.pem') };

test('a managed identity reads and writes, and signs with a key of its user', async (context) => {
  const server = await startAzurite(useTool(context, 'azurite-blob'), TLS);
  onTestFinished(() => server.stop());
  const { accountkey: _none, ...parameters } = (await server.createStore()).parameters();
  const identity = await startIdentityEndpoint();
  vi.stubEnv('IDENTITY_ENDPOINT', identity.url);
  vi.stubEnv('IDENTITY_HEADER', 'a header of the machine');
  onTestFinished(() => void vi.unstubAllEnvs());

  const credentials = { type: 'default_credentials' };
  const driver = await azure.create({ ...parameters, credentials, skipverify: true });
  onTestFinished(() => driver.close());
  await driver.put('/a/b', Buffer.from('content'));
  const writer = await driver.writer('/large', { mode: 'isolated' });
  await writer.write(Buffer.alloc(9 * MIB));
  await writer.commit();
  // Replacing takes a signature, too.
  await driver.copy?.('/a/b', '/large');
  expect(Buffer.from(await driver.get('/large')).toString()).toBe('content');
  await driver.delete('/large');

  const redirect = await driver.redirectURL?.('/a/b', { method: 'GET' });
  const url = new URL(redirect?.url ?? '');
  expect(url.searchParams.get('skoid')).not.toBeNull();
  expect(url.searchParams.get('spr')).toBe('https');
  expect(await getUnverified(url)).toEqual({ status: 200, body: 'content' });
  url.searchParams.set('se', '2099-01-01T00:00:00Z');
  expect((await getUnverified(url)).status).toBe(403);
  expect(identity.asked()).toBe(1);
});

/** What gives App Service its tokens. https://learn.microsoft.com/azure/app-service/overview-managed-identity */
async function startIdentityEndpoint(): Promise<{ url: string; asked: () => number }> {
  let asked = 0;
  const server = createServer((req, res) => {
    asked++;
    const isRight = req.headers['x-identity-header'] === 'a header of the machine';
    res.writeHead(isRight ? 200 : 403, { 'content-type': 'application/json' });
    const expires = Math.floor(Date.now() / 1000) + 86_400;
    const resource = 'https://storage.azure.com';
    res.end(
      JSON.stringify({
        access_token: tokenUntil(expires),
        expires_on: String(expires),
        resource,
        token_type: 'Bearer',
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/msi/token`, asked: () => asked };
}

/** Its signature is one that nobody checks. */
function tokenUntil(exp: number): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const issued = exp - 90_000;
  const claims = {
    aud: 'https://storage.azure.com',
    iss: 'https://sts.windows.net/00000000-0000-0000-0000-000000000001/',
    oid: '00000000-0000-0000-0000-000000000002',
    tid: '00000000-0000-0000-0000-000000000001',
    ...{ iat: issued, nbf: issued, exp },
  };
  return `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}.${Buffer.from('x').toString('base64url')}`;
}

function getUnverified(url: URL): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    request(url, { rejectUnauthorized: false, agent: false }, (res) => {
      let body = '';
      res.setEncoding('utf8').on('data', (text: string) => (body += text));
      res.on('end', () => {
        resolve({ status: res.statusCode, body });
      });
    })
      .on('error', reject)
      .end();
  });
}
