import { once } from 'node:events';
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { connect, constants } from 'node:http2';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createAccessLog } from '../../src/serve/access-log.js';
import { issue } from '../certificates.js';
import type { RunningOptions, RunningServer } from './running-server.js';
import { SILENT, content, digestOf, memoryDriver, overrideDriver, runServer } from './running-server.js';
import { tlsParts } from './tls-parts.js';

const SIZE = 5 * 1024 * 1024;
/** The registry's own, for a client that sends next to nothing. */
const PATIENCE_MS = 30_000;
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

interface Client extends RunningServer {
  readonly session: ClientHttp2Session;
  readonly origin: string;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const overTls = { name: 'over TLS', scheme: 'https', parts: () => ({ ...tlsParts(identity), http2: true }) };
const cleartext = { name: 'without TLS', scheme: 'http', parts: () => ({ h2c: true }) };
const identity = issue({ commonName: 'localhost' });

/** Also by an error. */
function closed(emitter: ClientHttp2Session | ClientHttp2Stream): Promise<void> {
  return new Promise((resolve) => emitter.once('close', () => resolve()));
}

describe.each([overTls, cleartext])('HTTP/2 $name', ({ scheme, parts }) => {
  async function open(options: RunningOptions = {}): Promise<Client> {
    const running = await runServer({ ...parts(), ...options });
    const origin = `${scheme}://localhost:${String(running.port)}`;
    return { ...running, session: dial(running.port), origin };
  }

  function dial(port: number): ClientHttp2Session {
    const session = connect(`${scheme}://127.0.0.1:${String(port)}`, {
      ca: identity.certificate,
      servername: 'localhost',
    });
    session.on('error', () => undefined);
    onTestFinished(() => {
      session.destroy();
    });
    return session;
  }

  function begin({ session, port }: Client, method: string, path: string, headers = {}): ClientHttp2Stream {
    const authority = `localhost:${String(port)}`;
    const stream = session.request(
      { ':method': method, ':path': path, ':authority': authority, ...headers },
      { endStream: method === 'GET' || method === 'HEAD' },
    );
    stream.on('error', () => undefined);
    return stream;
  }

  async function read(stream: ClientHttp2Stream, method?: string): Promise<Answer> {
    const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders & { ':status': number }];
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    await closed(stream);
    if (stream.rstCode !== constants.NGHTTP2_NO_ERROR) throw new Error(`reset by ${String(stream.rstCode)}`);
    const body = Buffer.concat(chunks);
    const length = headers['content-length'];
    if (method !== 'HEAD' && length !== undefined) expect(body.length).toBe(Number(length));
    return { status: headers[':status'], headers, body };
  }

  async function call(
    client: Client,
    method: string,
    path: string,
    body?: Buffer,
    headers = {},
  ): Promise<Answer> {
    const stream = begin(client, method, path, headers);
    if (method !== 'GET' && method !== 'HEAD') stream.end(body);
    return read(stream, method);
  }

  async function push(client: Client, bytes: Buffer): Promise<string> {
    const digest = digestOf(bytes);
    const { status } = await call(client, 'POST', `/v2/a/blobs/uploads/?digest=${digest}`, bytes);
    expect(status).toBe(201);
    return digest;
  }

  it('pushes in pieces, and pulls the whole and a part', async () => {
    const client = await open();
    const { bytes, digest } = content(SIZE);
    const opened = await call(client, 'POST', '/v2/a/blobs/uploads/');
    expect(opened.headers.location?.startsWith(`${client.origin}/v2/a/`)).toBe(true);
    const first = new URL(opened.headers.location ?? '');
    const patched = await call(client, 'PATCH', first.pathname + first.search, bytes.subarray(0, SIZE / 2));
    expect(patched).toMatchObject({ status: 202, headers: { range: `0-${String(SIZE / 2 - 1)}` } });
    const next = new URL(patched.headers.location ?? '');
    next.searchParams.set('digest', digest);
    const put = await call(client, 'PUT', next.pathname + next.search, bytes.subarray(SIZE / 2));
    expect(put.status).toBe(201);
    const pulled = await call(client, 'GET', `/v2/a/blobs/${digest}`);
    expect(pulled).toMatchObject({ status: 200, headers: { 'content-length': String(SIZE) } });
    expect(digestOf(pulled.body)).toBe(digest);
    const part = await call(client, 'GET', `/v2/a/blobs/${digest}`, undefined, { range: 'bytes=10-19' });
    expect(part.status).toBe(206);
    expect(part.body).toEqual(bytes.subarray(10, 20));
    const head = await call(client, 'HEAD', `/v2/a/blobs/${digest}`);
    expect(head).toMatchObject({ status: 200, headers: { 'content-length': String(SIZE) } });
  });

  it('takes and gives manifests, lists and errors', async () => {
    const client = await open();
    const config = await push(client, Buffer.from('{}'));
    const descriptor = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config, size: 2 };
    const manifest = Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config: descriptor, layers: [] }),
    );
    const put = await call(client, 'PUT', '/v2/a/manifests/v1', manifest, { 'content-type': MANIFEST });
    expect(put.status).toBe(201);
    const got = await call(client, 'GET', '/v2/a/manifests/v1');
    expect(got).toMatchObject({ status: 200, headers: { 'content-type': MANIFEST } });
    expect(got.body).toEqual(manifest);
    const listed = await call(client, 'GET', '/v2/a/tags/list');
    expect(JSON.parse(listed.body.toString())).toEqual({ name: 'a', tags: ['v1'] });
    const missing = await call(client, 'GET', '/v2/a/manifests/none');
    expect(missing.status).toBe(404);
    expect(missing.body.toString()).toContain('MANIFEST_UNKNOWN');
  });

  it('adds the configured headers', async () => {
    const client = await open({ headers: { 'X-Frame-Options': ['DENY'] } });
    expect((await call(client, 'GET', '/v2/')).headers['x-frame-options']).toBe('DENY');
  });

  it('answers an error in the middle of a body, and the connection goes on', async () => {
    const client = await open();
    const stream = begin(client, 'POST', '/v2/nothing/here');
    stream.write(Buffer.alloc(256 * 1024));
    expect((await read(stream)).status).toBe(404);
    expect((await call(client, 'GET', '/v2/')).status).toBe(200);
  });

  it('an upload that breaks off is not taken for a whole one', async () => {
    const client = await open();
    const opened = await call(client, 'POST', '/v2/a/blobs/uploads/');
    const { pathname, search } = new URL(opened.headers.location ?? '');
    const bytes = Buffer.from('hello');
    const stream = begin(client, 'PUT', `${pathname}${search}&digest=${digestOf(bytes)}`);
    await new Promise<void>((resolve) => {
      stream.write(bytes, () => resolve());
    });
    // Without the mark at the end of the stream, which `close` of a stream would set.
    const { session } = client;
    const end = closed(session);
    session.destroy();
    await end;
    const again = { ...client, session: dial(client.port) };
    const blob = await call(again, 'HEAD', `/v2/a/blobs/${digestOf(bytes)}`);
    expect(blob.status).toBe(404);
    const status = await call(again, 'GET', pathname + search);
    expect(status.status).toBe(204);
  });

  it('content that is too short resets the stream', async () => {
    const driver = await memoryDriver();
    const short = overrideDriver(driver, {
      reader: async (path, options) => {
        const reader = await driver.reader(path, options);
        let left = 1024 * 1024;
        return {
          ...reader,
          close: () => reader.close(),
          read: async (into) => {
            if (left === 0) return 0;
            const count = await reader.read(into.subarray(0, Math.min(into.length, left)));
            left -= count;
            return count;
          },
        };
      },
    });
    const client = await open({ driver: short });
    const digest = await push(client, content(SIZE).bytes);
    const stream = begin(client, 'GET', `/v2/a/blobs/${digest}`);
    await expect(read(stream)).rejects.toThrow();
    expect(stream.rstCode).toBe(constants.NGHTTP2_INTERNAL_ERROR);
    expect((await call(client, 'GET', '/v2/')).status).toBe(200);
  });

  it('a client that takes nothing of its answer loses it', async () => {
    const driver = await memoryDriver();
    // Pushed where nobody is impatient.
    const digest = await push(await open({ driver }), content(SIZE).bytes);
    const client = await open({ driver, patienceMs: 60 });
    const stream = begin(client, 'GET', `/v2/a/blobs/${digest}`);
    await once(stream, 'response');
    // Its window is 64 KiB, and is never made larger.
    await closed(stream);
    expect(stream.rstCode).not.toBe(constants.NGHTTP2_NO_ERROR);
  });

  it('a client that sends nothing of its body loses its request', async () => {
    const client = await open();
    const opened = await call(client, 'POST', '/v2/a/blobs/uploads/');
    const { pathname, search } = new URL(opened.headers.location ?? '');
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const stream = begin(client, 'PATCH', pathname + search, { 'content-length': '10' });
    await new Promise<void>((resolve) => {
      stream.write('hello', () => resolve());
    });
    // What came before has been taken by whoever answers this.
    await new Promise((resolve) => client.session.ping(resolve));
    expect(stream.closed).toBe(false);
    await expect
      .poll(() => {
        vi.advanceTimersByTime(PATIENCE_MS);
        return stream.closed;
      })
      .toBe(true);
    const status = await call(client, 'GET', pathname + search);
    expect(status).toMatchObject({ status: 204, headers: { range: '0-4' } });
  });

  it('too many headers, and a target that is too long, are refused', async () => {
    const client = await open();
    const many = Object.fromEntries(Array.from({ length: 120 }, (_, i) => [`x-${String(i)}`, 'a']));
    const stream = begin(client, 'GET', '/v2/', many);
    await closed(stream);
    expect(stream.rstCode).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    expect((await call(client, 'GET', `/v2/${'a'.repeat(9000)}/tags/list`)).status).toBe(414);
  });

  it('the access log counts the bytes of a body', async () => {
    const lines: Readonly<Record<string, unknown>>[] = [];
    const info = (fields: Readonly<Record<string, unknown>>) => void lines.push(fields);
    const client = await open({ accessLog: createAccessLog({ ...SILENT, info }, { formatter: 'json' }) });
    const { body } = await call(client, 'GET', '/v2/a/tags/list');
    await expect.poll(() => lines.length).toBe(1);
    expect(lines[0]).toMatchObject({ status: 404, bytes: body.length });
  });

  it('a flood of resets costs its connection, and nobody else (CVE-2023-44487)', async () => {
    let handled = 0;
    const client = await open({
      registry: {
        handle: (_req, res) => {
          handled++;
          setImmediate(() => res.end());
        },
      },
    });
    const other = { ...client, session: dial(client.port) };
    // What is reset before the connection is there is never sent.
    await call(client, 'GET', '/v2/');
    await call(other, 'GET', '/v2/');
    const streams = 10_000;
    let sent = 0;
    const flood = (): void => {
      for (let burst = 0; burst < 100 && sent < streams && !client.session.destroyed; burst++, sent++) {
        begin(client, 'GET', '/v2/').close(constants.NGHTTP2_CANCEL);
      }
      if (sent < streams && !client.session.destroyed) setImmediate(flood);
    };
    flood();
    // The client alone is left that behaves. Node's own may not notice what has become of it.
    await expect.poll(() => client.connections.count).toBe(1);
    expect(handled).toBeLessThan(3000);
    expect((await call(other, 'GET', '/v2/')).status).toBe(200);
  });
});
