import { once } from 'node:events';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { connect } from 'node:tls';
import { describe, expect, it, onTestFinished, test, vi } from 'vitest';
import type { TlsConfig } from '../../../src/config/sections/tls.js';
import type { Identity } from '../../../src/serve/acme/identity.js';
import { formatIdentity } from '../../../src/serve/acme/identity.js';
import { createAcme } from '../../../src/serve/acme/acme.js';
import { loadClientCas } from '../../../src/serve/tls-files.js';
import { tlsSettings } from '../../../src/serve/tls.js';
import { issue } from '../../certificates.js';
import { temporaryDirectory } from '../../temporary-directory.js';
import { SILENT, runServer } from '../running-server.js';
import { TLS } from '../tls-parts.js';
import { AUTOCERT, HOST, issueIdentity } from './issued.js';

const ca = { ...issue({ commonName: 'our CA', isCa: true }), commonName: 'our CA' };
const client = issue({ commonName: 'somebody', issuer: ca });

interface SetUp extends Partial<TlsConfig> {
  readonly files?: Readonly<Record<string, string>>;
  readonly hosts?: readonly string[];
  readonly http2?: boolean;
}

/** A registry with certificates out of a cache, and a CA that answers as it is told. */
async function setUp({ files = {}, hosts = [HOST], http2 = false, ...tls }: SetUp = {}) {
  const cacheFile = join(await temporaryDirectory(), 'cache');
  await mkdir(cacheFile);
  for (const [name, text] of Object.entries(files)) await writeFile(join(cacheFile, name), text);
  const order = vi.fn<(host: string, signal: AbortSignal) => Promise<Identity>>();
  const acme = await createAcme(
    { cacheFile, hosts, email: undefined, directoryUrl: undefined },
    { log: SILENT, order },
  );
  onTestFinished(() => acme.close());
  const config = { ...TLS, ...tls };
  const { options, clientAuth } = tlsSettings(config, await loadClientCas(config.clientCas));
  acme.use(options);
  const settings = {
    options: { ...options, SNICallback: acme.SNICallback },
    clientAuth,
    intercept: acme.intercept,
  };
  const { port, server } = await runServer({ tls: settings, http2 });
  return { port, server, acme, order, cacheFile };
}

interface Seen {
  readonly serialNumber: string | undefined;
  readonly protocol: string | null;
  readonly alpn: string | false | null;
  readonly isResumed: boolean;
  readonly session: Buffer | undefined;
  /** The first line of the answer; empty: none. */
  readonly answer: string;
}

/** What a client sees of the server, or why it sees nothing. */
async function see(port: number, options: ConnectionOptions = {}): Promise<Seen | string> {
  const socket = connect({
    port,
    host: '127.0.0.1',
    servername: HOST,
    rejectUnauthorized: false,
    ...options,
  });
  let session: Buffer | undefined;
  socket.on('session', (bytes: Buffer) => (session = bytes));
  let answer = '';
  socket.setEncoding('latin1').on('data', (text: string) => (answer += text));
  try {
    await once(socket, 'secureConnect');
    const { serialNumber } = socket.getPeerCertificate();
    const [protocol, alpn, isResumed] = [socket.getProtocol(), socket.alpnProtocol, socket.isSessionReused()];
    if (alpn === 'h2') return { serialNumber, protocol, alpn, isResumed, session, answer: '' };
    socket.write('GET /v2/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await once(socket, 'close');
    return { serialNumber, protocol, alpn, isResumed, session, answer: answer.split('\r\n')[0] ?? '' };
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  } finally {
    socket.destroy();
  }
}

const REFUSED = 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE';
const OK = 'HTTP/1.1 200 OK';
const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;

describe.each(VERSIONS)('clients, %s', (version) => {
  const only = { minVersion: version, maxVersion: version };
  const identity = issueIdentity();
  const files = { [HOST]: formatIdentity(identity) };

  it('get to see the certificate of their host', async () => {
    const { port, order } = await setUp({ files });
    const seen = await see(port, only);
    expect(seen).toMatchObject({ serialNumber: identity.leaf.serialNumber, protocol: version, answer: OK });
    expect(await see(port, { ...only, servername: HOST.toUpperCase() })).toMatchObject({ answer: OK });
    expect(order).not.toHaveBeenCalled();
  });

  it.each(['other.example.org', 'localhost', '', `${HOST}.`, 'x'.repeat(250), '../../etc/passwd'])(
    'are refused for any other name, and nothing is ordered: %j',
    async (servername) => {
      const { port, order } = await setUp({ files });
      expect(await see(port, { ...only, servername })).toBe(REFUSED);
      expect(order).not.toHaveBeenCalled();
    },
  );

  it('wait for a certificate that is on its way', async () => {
    const { port, acme, order } = await setUp();
    const { promise, resolve } = Promise.withResolvers<Identity>();
    order.mockReturnValue(promise);
    acme.start();
    const seen = Promise.all([see(port, only), see(port, only)]);
    await expect.poll(() => order.mock.calls.length).toBe(1);
    resolve(identity);
    const expected = { serialNumber: identity.leaf.serialNumber, answer: OK };
    expect(await seen).toMatchObject([expected, expected]);
    expect(order).toHaveBeenCalledOnce();
  });

  it('are refused while there is none', async () => {
    const { port, acme, order } = await setUp();
    order.mockRejectedValue(new Error('the CA is away'));
    acme.start();
    expect(await see(port, only)).toBe(REFUSED);
    expect(await see(port, only)).toBe(REFUSED);
    expect(order).toHaveBeenCalledOnce();
  });

  it('resume their sessions, also where certificates of clients are asked for', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'ca.pem'), ca.certificate);
    const { port } = await setUp({ files, clientCas: [join(directory, 'ca.pem')] });
    const own = { ...only, cert: client.certificate, key: client.key };
    const first = await see(port, own);
    expect(first).toMatchObject({ answer: OK, isResumed: false });
    const session = typeof first === 'string' ? undefined : first.session;
    expect(await see(port, { ...own, ...(session && { session }) })).toMatchObject({
      answer: OK,
      isResumed: true,
    });
    expect(await see(port, only)).not.toMatchObject({ answer: OK });
  });
});

it('versions, suites and HTTP/2 are as configured', async () => {
  const files = { [HOST]: formatIdentity(issueIdentity()) };
  const cipherSuites = ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'] as const;
  const strict = await setUp({ files, minimumTls: 'tls1.3' });
  expect(await see(strict.port, { maxVersion: 'TLSv1.2' })).toContain('PROTOCOL_VERSION');
  const { port } = await setUp({ files, cipherSuites, http2: true });
  const old = { maxVersion: 'TLSv1.2' } as const;
  expect(await see(port, { ...old, ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' })).toBe(REFUSED);
  expect(await see(port, { ...old, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' })).toMatchObject({ answer: OK });
  expect(await see(port, { ALPNProtocols: ['h2', 'http/1.1'] })).toMatchObject({ alpn: 'h2' });
  expect(await see(port, { ALPNProtocols: ['http/1.1'] })).toMatchObject({ alpn: 'http/1.1', answer: OK });
});

it('what autocert has left is shown, and nothing is ordered', async () => {
  const { port, order, cacheFile, acme } = await setUp();
  await cp(AUTOCERT, cacheFile, { recursive: true });
  await acme.retry();
  expect(await see(port)).toMatchObject({ serialNumber: '11B36E768493DF6A', answer: OK });
  expect(order).not.toHaveBeenCalled();
});

describe('a proof for the CA', () => {
  const identity = issueIdentity();
  const proof = issueIdentity();
  const files = { [HOST]: formatIdentity(identity), [`${HOST}+token`]: formatIdentity(proof) };
  const asCa = { ALPNProtocols: ['acme-tls/1'] };

  it.each(VERSIONS)('is shown to it and to nobody else, %s', async (version) => {
    const { port } = await setUp({ files });
    const only = { minVersion: version, maxVersion: version };
    const shown = { serialNumber: proof.leaf.serialNumber, alpn: 'acme-tls/1', answer: '' };
    expect(await see(port, { ...only, ...asCa })).toMatchObject(shown);
    expect(await see(port, { ...only, ALPNProtocols: ['acme-tls/1', 'http/1.1'] })).toMatchObject({
      serialNumber: identity.leaf.serialNumber,
      alpn: 'http/1.1',
    });
    expect(await see(port, only)).toMatchObject({ serialNumber: identity.leaf.serialNumber, answer: OK });
  });

  it('needs no certificate of a client, and no suite that is configured', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'ca.pem'), ca.certificate);
    const { port } = await setUp({ files, minimumTls: 'tls1.3', clientCas: [join(directory, 'ca.pem')] });
    const shown = { serialNumber: proof.leaf.serialNumber };
    expect(await see(port, { ...asCa, maxVersion: 'TLSv1.2' })).toMatchObject(shown);
    expect(await see(port, asCa)).toMatchObject(shown);
  });

  it('is refused when there is none, for a host that is not ours, and with no name', async () => {
    const { port } = await setUp({ files: { 'other.example.org+token': formatIdentity(proof) } });
    for (const servername of [HOST, 'other.example.org', ''])
      expect(await see(port, { ...asCa, servername })).toBe(REFUSED);
  });
});

test('whoever has seen a proof and does not go is cut off', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { port, server } = await setUp({ files: { [`${HOST}+token`]: formatIdentity(issueIdentity()) } });
  const tcp = connectTcp({ port, host: '127.0.0.1', allowHalfOpen: true });
  onTestFinished(() => void tcp.destroy());
  const options = { servername: HOST, ALPNProtocols: ['acme-tls/1'], rejectUnauthorized: false };
  const socket = connect({ socket: tcp, ...options }).on('error', () => undefined);
  socket.resume();
  await once(socket, 'end');
  const open = () => new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
  expect(await open()).toBe(1);
  vi.advanceTimersByTime(10_000);
  await expect.poll(open).toBe(0);
});

describe('bytes that are no handshake', () => {
  async function send(port: number, ...parts: readonly Buffer[]): Promise<Socket> {
    const socket = connectTcp({ port, host: '127.0.0.1', noDelay: true }).on('error', () => undefined);
    await once(socket, 'connect');
    onTestFinished(() => void socket.destroy());
    for (const part of parts) await new Promise((resolve) => socket.write(part, resolve));
    return socket;
  }

  it.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')],
    ['zeros', Buffer.alloc(100)],
    ['a hello that is too long', Buffer.from([22, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff])],
  ])('%s: the connection ends', async (_, bytes) => {
    const { port } = await setUp();
    const socket = await send(port, bytes);
    socket.resume();
    await once(socket, 'close');
  });

  it('half a hello leaves the others served', async () => {
    const { port } = await setUp({ files: { [HOST]: formatIdentity(issueIdentity()) } });
    for (let each = 0; each < 100; each++) await send(port, Buffer.from([22, 3, 1, 2]));
    expect(await see(port)).toMatchObject({ answer: OK });
  });
});
