import { once } from 'node:events';
import { copyFile, rename, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { connect } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadTlsFiles } from '../../src/serve/tls-files.js';
import { watchTls } from '../../src/serve/tls-reload.js';
import { toOpenSsl } from '../../src/serve/tls-suites.js';
import { tlsSettings } from '../../src/serve/tls.js';
import { issue } from '../certificates.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { SILENT, content, digestOf, runServer } from './running-server.js';
import { TLS, tlsParts } from './tls-parts.js';

const ca = { ...issue({ commonName: 'our CA', isCa: true }), commonName: 'our CA' };
const server = issue({ commonName: 'localhost' });
const known = issue({ commonName: 'somebody', issuer: ca });
const stranger = issue({ commonName: 'somebody else' });

/** The status of a GET over TLS, or what went wrong. */
async function get(port: number, options: ConnectionOptions = {}): Promise<number | string> {
  const agent = new Agent({ maxCachedSessions: 0 });
  const req = request({
    port,
    host: 'localhost',
    path: '/v2/',
    rejectUnauthorized: false,
    agent,
    ...options,
  });
  try {
    const [res] = (await once(req.end(), 'response')) as [IncomingMessage];
    res.resume();
    return res.statusCode ?? 0;
  } catch (error) {
    return error instanceof Error ? error.message.toLowerCase() : 'unknown';
  }
}

describe('versions and suites (S22)', () => {
  it.each([
    ['TLSv1', 'alert protocol version'],
    ['TLSv1.1', 'alert protocol version'],
  ] as const)('%s is refused', async (version, code) => {
    const { port } = await runServer(tlsParts(server));
    const old = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    expect(await get(port, old)).toContain(code);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('%s is spoken', async (version) => {
    const { port } = await runServer(tlsParts(server));
    expect(await get(port, { minVersion: version, maxVersion: version })).toBe(200);
  });

  it('1.2 is refused where 1.3 is the least', async () => {
    const { port } = await runServer(tlsParts(server, { minimumTls: 'tls1.3' }));
    expect(await get(port, { maxVersion: 'TLSv1.2' })).toContain('alert protocol version');
    expect(await get(port)).toBe(200);
  });

  it.each(['ECDHE-ECDSA-AES128-SHA', 'AES128-SHA', 'AES256-GCM-SHA384'])('%s is refused', async (ciphers) => {
    const { port } = await runServer(tlsParts(server));
    expect(await get(port, { maxVersion: 'TLSv1.2', ciphers })).toContain('handshake failure');
  });

  it('only the configured suite is spoken in 1.2, and 1.3 goes on', async () => {
    const cipherSuites = ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'] as const;
    const { port } = await runServer(tlsParts(server, { cipherSuites }));
    const options = { maxVersion: 'TLSv1.2' } as const;
    expect(await get(port, { ...options, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' })).toBe(200);
    expect(await get(port, { ...options, ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' })).toContain(
      'handshake failure',
    );
    expect(await get(port, { minVersion: 'TLSv1.3' })).toBe(200);
  });

  it('every name of Go has its own in OpenSSL, and a weak one an error that names it', () => {
    expect(toOpenSsl(['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256'])).toMatch(
      /:ECDHE-RSA-CHACHA20-POLY1305$/,
    );
    expect(toOpenSsl(['TLS_RSA_WITH_AES_128_CBC_SHA'])).toMatch(/:AES128-SHA$/);
    expect(() => toOpenSsl(['TLS_RSA_WITH_3DES_EDE_CBC_SHA'])).toThrow(/TLS_RSA_WITH_3DES_EDE_CBC_SHA/);
  });
});

describe('certificates of clients', () => {
  const none = {};
  const good = { cert: known.certificate, key: known.key };
  const bad = { cert: stranger.certificate, key: stranger.key };
  it.each([
    ['require-and-verify-client-cert', { none: false, good: true, bad: false }],
    ['verify-client-cert-if-given', { none: true, good: true, bad: false }],
    ['require-any-client-cert', { none: false, good: true, bad: true }],
    ['request-client-cert', { none: true, good: true, bad: true }],
  ] as const)('%s', async (clientAuth, expected) => {
    const { port } = await runServer(tlsParts(server, { clientAuth }, ca));
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const isServed = async (identity: object) => (await get(port, { ...identity, maxVersion })) === 200;
      const served = { none: await isServed(none), good: await isServed(good), bad: await isServed(bad) };
      expect(served).toEqual(expected);
    }
  });
});

it('1,000 handshakes that are never ended leave the others served', async () => {
  const { port } = await runServer(tlsParts(server));
  // The begin of a record, and nothing behind it.
  const half = Buffer.from('16030100', 'hex');
  const sockets = Array.from({ length: 1000 }, () => connectTcp(port, '127.0.0.1'));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  for (const socket of sockets) socket.write(half);
  expect(await get(port)).toBe(200);
});

it('a handshake has 10 seconds', () => {
  expect(tlsParts(server).tls.options.handshakeTimeout).toBe(10_000);
});

describe('files', () => {
  async function write(contents: Record<string, string>): Promise<(name: string) => string> {
    const directory = await temporaryDirectory();
    for (const [name, text] of Object.entries(contents)) await writeFile(join(directory, name), text);
    return (name) => join(directory, name);
  }

  const expired = issue({ commonName: 'localhost', from: new Date(0), to: new Date(1000) });
  const SECRET = 'c2VjcmV0';
  const files = {
    'cert.pem': server.certificate,
    'key.pem': server.key,
    'other.pem': stranger.key,
    'expired.pem': expired.certificate,
    'expired-key.pem': expired.key,
    'broken.pem': `-----BEGIN CERTIFICATE-----\n${SECRET}\n-----END CERTIFICATE-----\n`,
    'broken-key.pem': `-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----\n`,
    'locked.pem': `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${SECRET}\n-----END ENCRYPTED PRIVATE KEY-----\n`,
    'empty.pem': '',
  };

  it.each([
    ['none.pem', 'key.pem', [], /^http\.tls\.certificate: \S+none\.pem cannot be read: ENOENT$/],
    ['empty.pem', 'key.pem', [], /^http\.tls\.certificate: \S+empty\.pem has no certificate/],
    ['broken.pem', 'key.pem', [], /^http\.tls\.certificate: \S+broken\.pem has a certificate that cannot be/],
    ['cert.pem', 'none.pem', [], /^http\.tls\.key: \S+none\.pem cannot be read: ENOENT$/],
    ['cert.pem', 'broken-key.pem', [], /^http\.tls\.key: \S+broken-key\.pem has no private key/],
    ['cert.pem', 'locked.pem', [], /^http\.tls\.key: \S+locked\.pem is encrypted/],
    ['cert.pem', 'other.pem', [], /^http\.tls\.key: \S+other\.pem is not the key of .*\/cert\.pem$/],
    ['expired.pem', 'expired-key.pem', [], /^http\.tls\.certificate: \S+expired\.pem expired on .*1970/],
    ['cert.pem', 'key.pem', ['empty.pem'], /^http\.tls\.clientcas: \S+empty\.pem has no certificate/],
  ])('%s and %s: one line that names the file', async (certificate, key, cas, message) => {
    const at = await write(files);
    const paths = { certificate: at(certificate), key: at(key), clientCas: cas.map(at) };
    const error: unknown = await loadTlsFiles(paths, true).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ exitCode: 78 });
    const text = error instanceof Error ? error.message : '';
    expect(text).toMatch(message);
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain('\n');
  });

  it('an expired certificate is a warning where it need not be an error', async () => {
    const at = await write(files);
    const paths = { certificate: at('expired.pem'), key: at('expired-key.pem'), clientCas: [] };
    expect((await loadTlsFiles(paths, false)).warnings).toEqual([expect.stringContaining('expired on')]);
  });

  it('a new certificate is taken without a restart, and a download goes on', async () => {
    const at = await write(files);
    const paths = { certificate: at('cert.pem'), key: at('key.pem'), clientCas: [] };
    const load = async () => tlsSettings(TLS, (await loadTlsFiles(paths, true)).files).options;
    const running = await runServer({ tls: { options: await load(), clientAuth: undefined } });
    const { port, renewTls } = running;
    const { promise: failed, resolve: onFailed } = Promise.withResolvers<undefined>();
    const { promise: loaded, resolve: onLoaded } = Promise.withResolvers<undefined>();
    const log = { ...SILENT, info: () => onLoaded(undefined), error: () => onFailed(undefined) };
    const watched = [paths.certificate, paths.key];
    const reloader = await watchTls({ paths: watched, load, apply: renewTls, log, intervalMs: 20 });
    onTestFinished(() => {
      reloader.close();
    });
    const { bytes, digest } = content(8 * 1024 * 1024);
    const put = request({
      port,
      path: `/v2/a/blobs/uploads/?digest=${digest}`,
      method: 'POST',
      rejectUnauthorized: false,
    });
    await once(put.end(bytes), 'response');
    const download = request({ port, path: `/v2/a/blobs/${digest}`, rejectUnauthorized: false });
    const [res] = (await once(download.end(), 'response')) as [IncomingMessage];

    const before = await subject(port);
    await writeFile(at('cert.pem'), files['broken.pem']);
    await failed;
    expect(await subject(port)).toBe(before);

    const renewed = issue({ commonName: 'renewed' });
    await writeFile(at('new.pem'), renewed.certificate);
    await writeFile(at('new-key.pem'), renewed.key);
    await rename(at('new-key.pem'), paths.key);
    await copyFile(at('new.pem'), paths.certificate);
    await loaded;
    expect(await subject(port)).toBe('renewed');

    const chunks: Buffer[] = [];
    for await (const chunk of res) chunks.push(chunk as Buffer);
    expect(digestOf(Buffer.concat(chunks))).toBe(digest);
  });
});

/** Whom the server says that it is. */
async function subject(port: number): Promise<string | undefined> {
  const socket: TLSSocket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return typeof CN === 'string' ? CN : undefined;
}
