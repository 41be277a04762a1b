import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { trustForwarded } from '../../src/serve/trusted-proxies.js';

/** The headers that reach the registry. */
function pass(networks: readonly string[] | undefined, remoteAddress: string | undefined): object {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: remoteAddress });
  const req = new IncomingMessage(socket);
  req.headers = { host: 'a', forwarded: 'host=evil', 'x-forwarded-host': 'evil', 'x-real-ip': '1.2.3.4' };
  let seen: object = {};
  trustForwarded(networks, ({ headers }) => {
    seen = headers;
  })(req, new ServerResponse(req));
  return seen;
}

describe('trusted proxies', () => {
  it.each([
    ['everybody, when nothing is said', undefined, '203.0.113.1'],
    ['an address', ['203.0.113.1'], '203.0.113.1'],
    ['a network', ['10.0.0.0/8', '203.0.113.0/24'], '203.0.113.1'],
    ['IPv4 as a dual-stack socket has it', ['203.0.113.0/24'], '::ffff:203.0.113.1'],
    ['IPv6', ['2001:db8::/32'], '2001:db8::1'],
    ['the other end of a Unix socket', [], undefined],
  ])('believes %s', (_, networks, address) => {
    expect(pass(networks, address)).toHaveProperty('x-forwarded-host', 'evil');
  });

  it.each([
    ['nobody, for an empty list', [], '127.0.0.1'],
    ['others', ['10.0.0.0/8'], '203.0.113.1'],
    ['others over IPv6', ['2001:db8::/32'], '::1'],
  ])('does not believe %s', (_, networks, address) => {
    expect(pass(networks, address)).toEqual({ host: 'a' });
  });
});
