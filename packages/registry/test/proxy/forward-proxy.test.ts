import { once } from 'node:events';
import { connect, createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createFindForwardProxy } from '../../src/proxy/forward-proxy.js';
import { bytes, digestOf, errorCode } from '../registry-fixture.js';
import { startUpstream } from './lying-upstream.js';
import { startProxy } from './proxy-fixture.js';

describe('which proxy', () => {
  const find = (no: string | undefined, url: string) =>
    createFindForwardProxy({ http: 'http://h.example:1', https: 's.example:2', no })(new URL(url))?.href;

  test('by the scheme of the URL, and a proxy without a scheme is one of http', () => {
    expect(find(undefined, 'http://a.example/')).toBe('http://h.example:1/');
    expect(find('', 'https://a.example/')).toBe('http://s.example:2/');
    expect(createFindForwardProxy({ http: 'x:1' })(new URL('https://a.example/'))).toBeUndefined();
    expect(createFindForwardProxy({ https: '' })(new URL('https://a.example/'))).toBeUndefined();
  });

  test.each([
    ['*', 'http://a.example/'],
    ['b.example, a.example', 'http://a.example/'],
    ['a.example', 'https://b.A.example/'],
    ['.a.example', 'http://b.a.example/'],
    ['*.a.example', 'http://b.a.example/'],
    ['a.example:443', 'https://a.example/'],
    ['a.example:80', 'http://a.example/'],
    ['192.0.2.1', 'http://192.0.2.1:5000/'],
    ['192.0.2.1:5000', 'http://192.0.2.1:5000/'],
    ['192.0.2.0/24', 'http://192.0.2.77/'],
    ['2001:db8::/32', 'http://[2001:db8::5]:5000/'],
    ['2001:db8::5', 'http://[2001:db8::5]/'],
    ['[2001:db8::5]:80', 'http://[2001:db8::5]/'],
    [undefined, 'http://localhost:5000/'],
    [undefined, 'http://127.8.0.1/'],
    [undefined, 'https://[::1]/'],
  ])('%s keeps %s from it', (no, url) => {
    expect(find(no, url)).toBeUndefined();
  });

  test.each([
    ['a.example', 'http://ba.example/'],
    ['.a.example', 'http://a.example/'],
    ['a.example:80', 'https://a.example/'],
    ['192.0.2.0/24', 'http://192.0.3.1/'],
    ['192.0.2.0/24', 'http://x192.0.2.1.example/'],
    ['192.0.2.0/99', 'http://192.0.2.1/'],
    ['2001:db8::6', 'http://[2001:db8::5]/'],
    [' , ,', 'http://a.example/'],
  ])('%s does not keep %s from it', (no, url) => {
    expect(find(no, url)).toBeDefined();
  });

  test.each(['socks5://a:1', 'http://', 'ftp://user:canary@a'])('%s is none', (https) => {
    expect(() => createFindForwardProxy({ https })).toThrow(/^HTTPS_PROXY must be/);
  });
});

/** A proxy that knows one name. */
async function startForwardProxy(content: Buffer) {
  const heads: (string | undefined)[] = [];
  const proxy = await startUpstream((req, res) => {
    heads.push(req.headers['proxy-authorization']);
    res.writeHead(200, { 'Content-Length': content.length }).end(content);
  });
  return { ...proxy, heads };
}

test('an upstream of http is asked through its proxy, which alone looks up its name', async () => {
  const content = bytes(300_000);
  const forward = await startForwardProxy(content);
  const url = new URL(forward.url);
  url.username = 'me';
  url.password = 'a secret';
  const registry = await startProxy('http://upstream.invalid', {
    refusePrivate: true,
    forwardProxies: { http: url.href },
  });
  const answer = await registry.call('GET', `a/blobs/${digestOf(content)}`);
  expect(Buffer.from(await answer.arrayBuffer()).equals(content)).toBe(true);
  expect(forward.requests).toEqual([`GET http://upstream.invalid/v2/a/blobs/${digestOf(content)}`]);
  expect(forward.heads).toEqual([`Basic ${Buffer.from('me:a secret').toString('base64')}`]);
});

test('what NO_PROXY names is asked directly', async () => {
  const content = bytes(1000);
  const upstream = await startForwardProxy(content);
  const forward = await startForwardProxy(content);
  const registry = await startProxy(upstream.url.replace('127.0.0.1', 'localhost'), {
    forwardProxies: { http: forward.url },
  });
  const answer = await registry.call('GET', `a/blobs/${digestOf(content)}`);
  expect(answer.status).toBe(200);
  await answer.arrayBuffer();
  expect(upstream.requests).toHaveLength(1);
  expect(forward.requests).toEqual([]);
});

test('through a proxy, too, the upstream cannot lead to a private address', async () => {
  const forward = await startUpstream((_req, res) => {
    res.writeHead(307, { Location: 'http://169.254.169.254/latest' }).end();
  });
  const registry = await startProxy('http://upstream.invalid', {
    refusePrivate: true,
    forwardProxies: { http: forward.url },
  });
  const answer = await registry.call('GET', `a/blobs/${digestOf('x')}`);
  expect(answer.status).toBe(502);
  expect(forward.requests).toHaveLength(1);
});

test('an upstream of https is reached by a tunnel, in which the proxy reads nothing', async () => {
  const hello = Promise.withResolvers<Buffer>();
  const target = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (data) => {
      hello.resolve(data);
      socket.destroy();
    });
  });
  target.listen(0, '127.0.0.1');
  await once(target, 'listening');
  onTestFinished(() => void target.close());
  const forward = await startUpstream((_req, res) => void res.writeHead(500).end());
  const tunnels: (string | undefined)[] = [];
  forward.server.on('connect', (req, socket) => {
    tunnels.push(req.url);
    const { port } = target.address() as AddressInfo;
    const out = connect(port, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    for (const end of [out, socket]) end.on('error', () => undefined);
    socket.pipe(out).pipe(socket);
    onTestFinished(() => void socket.destroy());
  });
  const registry = await startProxy('https://upstream.invalid', {
    refusePrivate: true,
    forwardProxies: { https: forward.url },
  });
  const answer = await registry.call('GET', `a/blobs/${digestOf('x')}`);
  // The other end speaks no TLS.
  expect(answer.status).toBe(503);
  expect(tunnels[0]).toBe('upstream.invalid:443');
  const first = await hello.promise;
  expect(first[0]).toBe(0x16);
  expect(first.includes('upstream.invalid')).toBe(true);
  expect(forward.requests).toEqual([]);
});

test.each([403, 407, 502])('a proxy that answers %d to a tunnel', async (status) => {
  const forward = await startUpstream((_req, res) => void res.end());
  forward.server.on('connect', (_req, socket) => {
    socket.on('error', () => undefined);
    socket.end(`HTTP/1.1 ${String(status)} No\r\n\r\n`);
  });
  const registry = await startProxy('https://upstream.invalid', { forwardProxies: { https: forward.url } });
  const answer = await registry.call('GET', `a/manifests/v1`);
  expect(answer.status).toBe(503);
  expect(await errorCode(answer)).toBe('UNAVAILABLE');
});

test('a proxy that is not there', async () => {
  const forward = await startUpstream((_req, res) => void res.end());
  await forward.stop();
  const registry = await startProxy('http://upstream.invalid', { forwardProxies: { http: forward.url } });
  const answer = await registry.call('GET', `a/manifests/v1`);
  expect(answer.status).toBe(503);
});
