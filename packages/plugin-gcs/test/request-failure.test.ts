import { expect, test } from 'vitest';
import { missingToken } from '../src/request-failure.js';

test('a token server that is out of order may be back', () => {
  for (const status of [429, 500, 503])
    expect(missingToken(Object.assign(new Error('x'), { response: { status } })).isTransient).toBe(true);
  expect(missingToken(new DOMException('no answer in time', 'TimeoutError')).isTransient).toBe(true);
});

test('one that refuses the credentials never is', () => {
  const response = { status: 400, data: { error: 'invalid_grant' } };
  expect(missingToken(Object.assign(new Error('x'), { response })).isTransient).toBe(false);
  expect(missingToken(new Error('Could not load the default credentials.')).isTransient).toBe(false);
});
