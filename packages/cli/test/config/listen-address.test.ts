import { describe, expect, it } from 'vitest';
import { isLoopback, parseAddress } from '../../src/config/listen-address.js';

describe('an address', () => {
  it.each([
    ['127.0.0.1:5000', { host: '127.0.0.1', port: 5000 }, true],
    [':5000', { host: undefined, port: 5000 }, false],
    ['0.0.0.0:0', { host: '0.0.0.0', port: 0 }, false],
    ['[::1]:5000', { host: '::1', port: 5000 }, true],
    ['[::]:5000', { host: '::', port: 5000 }, false],
    ['localhost:5000', { host: 'localhost', port: 5000 }, true],
    ['registry.example.com:443', { host: 'registry.example.com', port: 443 }, false],
  ])('%s', (text, address, loopback) => {
    const parsed = parseAddress('tcp', text);
    expect(parsed).toEqual(address);
    expect(parsed !== undefined && isLoopback(parsed)).toBe(loopback);
  });

  it.each(['', '5000', 'localhost', '127.0.0.1:', '127.0.0.1:70000', '::1:5000', 'a b:1', 'http://a:1'])(
    'is not: %s',
    (text) => {
      expect(parseAddress('tcp', text)).toBeUndefined();
    },
  );

  it('may be a socket', () => {
    expect(parseAddress('unix', '/run/outrigger.sock')).toEqual({ path: '/run/outrigger.sock' });
    expect(parseAddress('unix', 'outrigger.sock')).toBeUndefined();
  });
});
