import { StorageError } from '@outrigger/driver';
import { describe, expect, test } from 'vitest';
import type { AccessErrorCode } from '../../src/access/access-error.js';
import { AccessError } from '../../src/access/access-error.js';
import { toAnswer } from '../../src/http/errors.js';
import type { RegistryErrorCode } from '../../src/registry-error.js';
import { RegistryError } from '../../src/registry-error.js';

/** Status and code of every way in which a request can be wrong (O21). A new one has to be written here to compile. */
const REGISTRY: Readonly<Record<RegistryErrorCode, [number, string]>> = {
  BLOB_TOO_LARGE: [413, 'SIZE_INVALID'],
  BLOB_UNKNOWN: [404, 'BLOB_UNKNOWN'],
  BLOB_UPLOAD_INVALID: [400, 'BLOB_UPLOAD_INVALID'],
  BLOB_UPLOAD_UNKNOWN: [404, 'BLOB_UPLOAD_UNKNOWN'],
  DIGEST_INVALID: [400, 'DIGEST_INVALID'],
  MANIFEST_BLOB_UNKNOWN: [404, 'MANIFEST_BLOB_UNKNOWN'],
  MANIFEST_INVALID: [400, 'MANIFEST_INVALID'],
  MANIFEST_TOO_LARGE: [413, 'MANIFEST_INVALID'],
  MANIFEST_UNKNOWN: [404, 'MANIFEST_UNKNOWN'],
  NAME_INVALID: [400, 'NAME_INVALID'],
  NAME_UNKNOWN: [404, 'NAME_UNKNOWN'],
  // Of the catalog alone, which is Docker's: the only code with a 4xx that is not one of the fourteen.
  PAGINATION_NUMBER_INVALID: [400, 'PAGINATION_NUMBER_INVALID'],
  RANGE_INVALID: [416, 'BLOB_UPLOAD_INVALID'],
  SIZE_INVALID: [400, 'SIZE_INVALID'],
  TAGS_COUNT_INVALID: [400, 'UNSUPPORTED'],
  TAG_INVALID: [400, 'MANIFEST_INVALID'],
  TOO_MANY_UPLOADS: [429, 'TOOMANYREQUESTS'],
  UNSUPPORTED: [405, 'UNSUPPORTED'],
};

const ACCESS: Readonly<Record<AccessErrorCode, [number, string]>> = {
  MISSING: [401, 'UNAUTHORIZED'],
  INVALID: [401, 'UNAUTHORIZED'],
  SCOPE: [401, 'UNAUTHORIZED'],
  DENIED: [403, 'DENIED'],
  BUSY: [429, 'TOOMANYREQUESTS'],
  UNAVAILABLE: [503, 'UNAVAILABLE'],
};

describe('the answer to an error', () => {
  test.each(Object.entries(REGISTRY))('%s', (code, [status, wire]) => {
    const answer = toAnswer(new RegistryError(code as RegistryErrorCode, 'why', { what: 1 }));
    const headers = code === 'TOO_MANY_UPLOADS' ? { 'Retry-After': '10' } : undefined;
    expect(answer).toEqual({ status, code: wire, message: 'why', headers, detail: { what: 1 } });
  });

  test.each(Object.entries(ACCESS))('of access, %s', (code, [status, wire]) => {
    const facts = { reason: 'not for the client', challenge: 'Basic realm="x"', retryAfter: 7 };
    const answer = toAnswer(new AccessError(code as AccessErrorCode, facts));
    expect([answer.status, answer.code]).toEqual([status, wire]);
    expect(answer.headers).toEqual({ 'WWW-Authenticate': 'Basic realm="x"', 'Retry-After': '7' });
    expect(JSON.stringify(answer)).not.toContain(facts.reason);
  });

  test('of the store says nothing of it, and asks the client to come again', () => {
    const answer = toAnswer(new StorageError('INTERNAL', '/secret/path', { path: '/secret/path' }));
    expect([answer.status, answer.code, answer.headers]).toEqual([
      503,
      'UNAVAILABLE',
      { 'Retry-After': '1' },
    ]);
    expect(JSON.stringify(answer)).not.toContain('secret');
    expect(toAnswer(new StorageError('QUOTA_EXCEEDED', 'full'))).toMatchObject({
      status: 507,
      code: 'UNAVAILABLE',
    });
    expect(toAnswer(new TypeError('a bug'))).toMatchObject({ status: 500, code: 'UNKNOWN' });
  });
});
