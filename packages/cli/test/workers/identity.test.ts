import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Issued } from '../certificates.js';
import { issue } from '../certificates.js';
import { RunningCommand } from '../command.js';
import { digestOf } from '../serve/observed-registry.js';
import { temporaryDirectory } from '../temporary-directory.js';

const ca = { ...issue({ commonName: 'our CA', isCa: true }), commonName: 'our CA' };
const server = issue({ commonName: 'localhost' });
const known = issue({ commonName: 'somebody', issuer: ca });
const other = issue({ commonName: 'another', issuer: ca });

const PASSWORD = 'CANARY-password-5d1f';
/** Of it, of cost 5. */
const HTPASSWD = 'user:$2b$05$AvxytkL903igIBx7mCet4eRPbtwXbbCTeJO/kTE6sRb4qFTJUuNLS\n';

interface Running {
  readonly port: number;
  readonly directory: string;
  readonly command: RunningCommand;
}

async function start(): Promise<Running> {
  const directory = await temporaryDirectory();
  const file = (name: string) => join(directory, name);
  await writeFile(file('ca.pem'), ca.certificate);
  await writeFile(file('cert.pem'), server.certificate);
  await writeFile(file('key.pem'), server.key, { mode: 0o600 });
  await writeFile(file('htpasswd'), HTPASSWD, { mode: 0o600 });
  const tls = {
    certificate: file('cert.pem'),
    key: file('key.pem'),
    clientcas: [file('ca.pem')],
    clientauth: 'verify-client-cert-if-given',
  };
  const rules = [
    { repositories: ['team/*'], users: ['somebody'], actions: ['read', 'create'] },
    { repositories: ['team/*'], users: ['user'], actions: ['read'] },
  ];
  const config = {
    version: '0.1',
    log: { formatter: 'json' },
    storage: { filesystem: { rootdirectory: file('store') } },
    http: { addr: '127.0.0.1:0', tls },
    auth: { htpasswd: { realm: 'here', path: file('htpasswd') } },
    outrigger: {
      workers: 2,
      access: { rules },
      tls: { clientIdentity: 'cn' },
      auditLog: { file: file('audit.log') },
    },
  };
  await writeFile(file('config.yml'), JSON.stringify(config));
  const command = new RunningCommand(['serve', 'config.yml'], {
    cwd: directory,
    environment: { XDG_RUNTIME_DIR: directory },
  });
  onTestFinished(async () => {
    command.child.kill('SIGTERM');
    await command.ended;
  });
  const [, port] = await command.printed('stderr', /"address":"127.0.0.1:(\d+)".*"msg":"listening"/);
  return { port: Number(port), directory, command };
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly client?: Issued;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Each on a connection of its own, which any worker may have. */
async function send(
  { port }: Running,
  { method, path, client, headers = {}, body = '' }: Sent,
): Promise<{ status: number | undefined; headers: IncomingHttpHeaders }> {
  const agent = new Agent({ maxCachedSessions: 0 });
  const identity = client === undefined ? {} : { cert: client.certificate, key: client.key };
  const options = {
    port,
    path,
    method,
    host: '127.0.0.1',
    servername: 'localhost',
    ca: server.certificate,
    agent,
  };
  const length = { 'content-length': String(Buffer.byteLength(body)) };
  const req = request({ ...options, ...identity, headers: { ...length, ...headers } }).end(body);
  const [res] = (await once(req, 'response')) as [IncomingMessage];
  res.resume();
  return { status: res.statusCode, headers: res.headers };
}

function pathOf({ headers }: { headers: IncomingHttpHeaders }): string {
  const { pathname, search } = new URL(headers.location ?? '', 'https://localhost');
  return pathname + search;
}

test('who a client is stays known when its request goes to another worker, and nobody can pretend', async () => {
  const running = await start();
  const body = 'content';
  const digest = digestOf(Buffer.from(body));
  const pretended = {
    'outrigger-client': Buffer.from(
      JSON.stringify({
        httpVersion: '1.1',
        address: '192.0.2.1',
        isEncrypted: true,
        certificate: { subject: 'CN=somebody' },
      }),
    ).toString('base64'),
  };
  const basic = { authorization: `Basic ${Buffer.from(`user:${PASSWORD}`).toString('base64')}` };
  for (let round = 0; round < 4; round++) {
    const begun = await send(running, { method: 'POST', path: '/v2/team/a/blobs/uploads/', client: known });
    expect(begun.status).toBe(202);
    expect(begun.headers.location).toMatch(/^https:\/\/127\.0\.0\.1/);
    const path = pathOf(begun);
    const to = (method: string, sent: Partial<Sent> = {}) => send(running, { method, path, ...sent });
    expect((await to('PATCH', { client: other, body })).status).toBe(403);
    expect((await to('PATCH', { body, headers: pretended })).status).toBe(401);
    expect((await to('PATCH', { client: other, body, headers: pretended })).status).toBe(403);
    // The user of a password is somebody else, who may not push.
    expect((await to('PATCH', { body, headers: basic })).status).toBe(403);
    expect((await to('GET', { headers: basic })).status).toBe(404);
    expect((await to('GET', { headers: { authorization: 'Basic dXNlcjp3cm9uZw==' } })).status).toBe(401);
    const sent = await to('PATCH', { client: known, body });
    expect(sent.status).toBe(202);
    const last = `${pathOf(sent)}&digest=${digest}`;
    expect((await send(running, { method: 'PUT', path: last, client: known })).status).toBe(201);
  }
  const audit = async () => (await readFile(join(running.directory, 'audit.log'), 'utf8')).trim().split('\n');
  await expect.poll(async () => (await audit()).filter((line) => line.includes('"push"')).length).toBe(4);
  for (const line of await audit())
    expect(JSON.parse(line)).toMatchObject({ remote: expect.stringMatching(/^127\.0\.0\.1/) as unknown });
  const requests = () =>
    running.command.stderr.split('\n').filter((line) => line.includes('"msg":"request"'));
  // Each request once, as its client sent it.
  await expect.poll(() => requests().length).toBe(4 * 9);
  expect(requests().filter((line) => !line.includes('"remote":"127.0.0.1"'))).toEqual([]);
});
