import { describe, expect, it } from 'vitest';
import { toMessage } from '../../src/framing/message.js';
import { ProtocolViolation } from '../../src/framing/protocol-violation.js';

describe('toMessage', () => {
  it.each([
    { jsonrpc: '2.0', id: 1, method: 'stat', params: { path: '/a' } },
    { jsonrpc: '2.0', id: 'a', method: 'stat' },
    { jsonrpc: '2.0', method: 'exit', params: [] },
    { jsonrpc: '2.0', id: 1, result: null },
    { jsonrpc: '2.0', id: 1, result: {}, 'x-more': true },
    { jsonrpc: '2.0', id: null, error: { code: -32700, message: 'parse error' } },
    { jsonrpc: '2.0', id: 1, error: { code: 1001, message: '', data: { code: 'PATH_NOT_FOUND' } } },
  ])('takes %j', (value) => {
    expect(toMessage(value)).toBe(value);
  });

  it.each([
    ['a batch', [{ jsonrpc: '2.0', id: 1, result: 1 }]],
    ['an empty batch', []],
    ['null', null],
    ['a number', 1],
    ['a text', 'stat'],
    ['an empty object', {}],
    ['no version', { id: 1, result: 1 }],
    ['version 1', { jsonrpc: '1.0', id: 1, result: 1 }],
    ['result and error', { jsonrpc: '2.0', id: 1, result: 1, error: { code: 1, message: '' } }],
    ['neither', { jsonrpc: '2.0', id: 1 }],
    ['a method and a result', { jsonrpc: '2.0', id: 1, method: 'stat', result: 1 }],
    ['a method and an error', { jsonrpc: '2.0', id: 1, method: 'stat', error: { code: 1, message: '' } }],
    ['an answer without an id', { jsonrpc: '2.0', result: 1 }],
    ['a fractional id', { jsonrpc: '2.0', id: 1.5, result: 1 }],
    ['an id beyond 2^53', { jsonrpc: '2.0', id: 2 ** 53, result: 1 }],
    ['an object as id', { jsonrpc: '2.0', id: {}, result: 1 }],
    ['a long id', { jsonrpc: '2.0', id: 'x'.repeat(65), result: 1 }],
    ['a request with a null id', { jsonrpc: '2.0', id: null, method: 'stat' }],
    ['a method that is no text', { jsonrpc: '2.0', id: 1, method: 7 }],
    ['parameters that are no structure', { jsonrpc: '2.0', id: 1, method: 'stat', params: 'x' }],
    ['null parameters', { jsonrpc: '2.0', id: 1, method: 'stat', params: null }],
    ['an error that is a text', { jsonrpc: '2.0', id: 1, error: 'no' }],
    ['an error without a code', { jsonrpc: '2.0', id: 1, error: { message: 'no' } }],
    ['an error without a message', { jsonrpc: '2.0', id: 1, error: { code: 1 } }],
    ['an error with a code of text', { jsonrpc: '2.0', id: 1, error: { code: '1', message: '' } }],
  ])('refuses %s', (_what, value) => {
    expect(() => toMessage(value)).toThrow(ProtocolViolation);
  });
});
