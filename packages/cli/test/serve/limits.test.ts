import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { MAX_REQUESTS_PER_CONNECTION, connectionLimit } from '../../src/serve/limits.js';
import { openRaw, sendRaw, statusOf } from './raw-client.js';
import { runServer } from './running-server.js';

const HOST = 'Host: x\r\nConnection: close\r\n';

describe('what a request may be (S26, B07, B08)', () => {
  const lines = (count: number) => Array.from({ length: count }, (_, i) => `X-${String(i)}: a\r\n`).join('');
  it.each([
    [
      '16 KB of headers and one byte',
      `GET /v2/ HTTP/1.1\r\n${HOST}X: ${'a'.repeat(16 * 1024 + 1)}\r\n\r\n`,
      431,
    ],
    ['a MiB of headers', `GET /v2/ HTTP/1.1\r\n${HOST}X: ${'a'.repeat(1024 * 1024)}\r\n\r\n`, 431],
    ['101 headers', `GET /v2/ HTTP/1.1\r\n${HOST}${lines(99)}\r\n`, 431],
    ['100 headers', `GET /v2/ HTTP/1.1\r\n${HOST}${lines(98)}\r\n`, 200],
    ['2,000 headers', `GET /v2/ HTTP/1.1\r\n${HOST}${'a:b\r\n'.repeat(2000)}\r\n`, 431],
    ['no Host', 'GET /v2/ HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['two Hosts', `GET /v2/ HTTP/1.1\r\n${HOST}Host: y\r\n\r\n`, 200],
    ['an odd Host', 'GET /v2/ HTTP/1.1\r\nHost: ..//@\r\nConnection: close\r\n\r\n', 200],
    ['an absolute form', `GET http://x/v2/ HTTP/1.1\r\n${HOST}\r\n`, 404],
    ['two slashes in front', `GET //v2/ HTTP/1.1\r\n${HOST}\r\n`, 404],
    ['two slashes behind', `GET /v2// HTTP/1.1\r\n${HOST}\r\n`, 404],
    ['a target of 9,000', `GET /v2/${'a'.repeat(9000)} HTTP/1.1\r\n${HOST}\r\n`, 414],
    [
      'a method override',
      `GET /v2/a/manifests/b HTTP/1.1\r\n${HOST}X-HTTP-Method-Override: DELETE\r\n\r\n`,
      404,
    ],
    [
      'a length and chunks',
      `POST /v2/ HTTP/1.1\r\n${HOST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['two lengths', `POST /v2/ HTTP/1.1\r\n${HOST}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd`, 400],
    ['a folded header', `GET /v2/ HTTP/1.1\r\n${HOST}X: a\r\n b\r\n\r\n`, 400],
    ['a space before the colon', `GET /v2/ HTTP/1.1\r\n${HOST}X : a\r\n\r\n`, 400],
    ['bare line feeds', 'GET /v2/ HTTP/1.1\nHost: x\nConnection: close\n\n', 400],
    ['a bare carriage return', `GET /v2/ HTTP/1.1\r\n${HOST}X: a\rb\r\n\r\n`, 400],
    [
      'an encoding after chunked',
      `POST /v2/ HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['nonsense', 'hello\r\n\r\n', 400],
  ])('%s: %#', async (_, request, status) => {
    const { port } = await runServer();
    const answer = await sendRaw(port, request);
    expect(statusOf(answer)).toBe(status);
    // One answer, and the end: nothing behind a refused request is taken for another one.
    expect(answer.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
  });

  it('what the parser refuses is answered as every other error', async () => {
    const { port } = await runServer();
    const answer = await sendRaw(port, 'nonsense\r\n\r\n');
    expect(answer).toMatch(
      /^HTTP\/1\.1 400 .*Content-Type: application\/json.*\{"errors":\[\{"code":"UNSUPPORTED"/s,
    );
  });
});

describe('how many connections there are', () => {
  it('one too many is told so, and served when there is room again', async () => {
    const { port } = await runServer({ maxConnections: 1 });
    const first = openRaw(port);
    await first.send('GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(first.socket.resume(), 'data');
    const refused = await sendRaw(port, `GET /v2/ HTTP/1.1\r\n${HOST}\r\n`);
    expect(statusOf(refused)).toBe(503);
    expect(refused).toMatch(/retry-after: 1/i);
    first.socket.destroy();
    let status = 503;
    while (status === 503) status = statusOf(await sendRaw(port, `GET /v2/ HTTP/1.1\r\n${HOST}\r\n`));
    expect(status).toBe(200);
  });

  it('is what the open files allow, unless it is configured lower', () => {
    expect(connectionLimit(undefined, 1024)).toBe(448);
    expect(connectionLimit(100, 1024)).toBe(100);
    expect(connectionLimit(100_000, 1024)).toBe(448);
    expect(connectionLimit(undefined, 64)).toBe(16);
    expect(connectionLimit(undefined)).toBeGreaterThan(0);
  });

  it('a connection ends after its share of requests', async () => {
    const { port } = await runServer({ registry: { handle: (_req, res) => res.end() } });
    const client = openRaw(port);
    const answer = client.readAll();
    await client.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(MAX_REQUESTS_PER_CONNECTION + 1));
    expect((await answer).match(/HTTP\/1\.1 200/g)).toHaveLength(MAX_REQUESTS_PER_CONNECTION);
  });
});
