import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isRegistryError } from '../../src/registry-error.js';
import { newUploadId } from '../../src/uploads/upload-id.js';
import { packUploadState, unpackUploadState } from '../../src/uploads/upload-token.js';

const SECRET = Buffer.from('a shared secret');

/** Made by Go's encoding of Distribution's struct, for the state below. */
const FROM_DISTRIBUTION =
  'F_l-BLncHcaye4UQVitVxmQuaNnLx0n1uyhzzvyLedJ7Ik5hbWUiOiJsaWJyYXJ5L2FscGluZSIsIlVVSUQiOiIwMTkzNTE4ZS03YzVhLTdiM2MtOGQyZS0wMTIzNDU2Nzg5YWIiLCJPZmZzZXQiOjEwNDg1NzYsIlN0YXJ0ZWRBdCI6IjIwMjYtMTEtMjJUMDE6MDI6MDMuNDU2Nzg5MDEyWiJ9';
const STATE = {
  name: 'library/alpine',
  id: '0193518e-7c5a-7b3c-8d2e-0123456789ab',
  offset: 1_048_576,
  startedAt: new Date('2026-11-22T01:02:03.456Z'),
};

const unpack = (token: string, name = STATE.name, id = STATE.id) =>
  unpackUploadState(SECRET, token, name, id);

function isUnknown(act: () => unknown): boolean {
  try {
    act();
    return false;
  } catch (error) {
    return isRegistryError(error, 'BLOB_UPLOAD_UNKNOWN');
  }
}

describe('upload tokens', () => {
  test("Distribution's are read", () => {
    expect(unpack(FROM_DISTRIBUTION)).toEqual(STATE);
  });

  test("ours have Distribution's form: padded base64url of the HMAC and the JSON", () => {
    const token = packUploadState(SECRET, STATE);
    expect(token.length % 4).toBe(0);
    const message = Buffer.from(token, 'base64url').subarray(32).toString();
    expect(message).toBe(
      '{"Name":"library/alpine","UUID":"0193518e-7c5a-7b3c-8d2e-0123456789ab","Offset":1048576,"StartedAt":"2026-11-22T01:02:03.456Z"}',
    );
  });

  test('every state comes back', () => {
    const state = fc.record({
      name: fc.stringMatching(/^[a-z0-9]{1,40}$/),
      id: fc.uuid(),
      offset: fc.maxSafeNat(),
      startedAt: fc.date({ min: new Date(0), max: new Date('2999-01-01'), noInvalidDate: true }),
    });
    fc.assert(
      fc.property(state, fc.uint8Array({ minLength: 1, maxLength: 64 }), (each, secret) => {
        expect(unpackUploadState(secret, packUploadState(secret, each), each.name, each.id)).toEqual(each);
      }),
    );
  });

  test('one changed character, another secret, name or id: unknown', () => {
    const token = packUploadState(SECRET, STATE);
    fc.assert(
      fc.property(
        fc.nat(token.length - 1),
        fc.constantFrom(...Array.from('ABab09_-=+/ %')),
        (at, character) => {
          fc.pre(token[at] !== character);
          expect(isUnknown(() => unpack(token.slice(0, at) + character + token.slice(at + 1)))).toBe(true);
        },
      ),
    );
    expect(isUnknown(() => unpack(token, 'library/other'))).toBe(true);
    expect(isUnknown(() => unpack(token, STATE.name, newUploadId()))).toBe(true);
    expect(isUnknown(() => unpackUploadState(Buffer.from('other'), token, STATE.name, STATE.id))).toBe(true);
  });

  test('any string is unknown, and nothing else is thrown', () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (token) => isUnknown(() => unpack(token))));
    expect(isUnknown(() => unpack('A'.repeat(1024 * 1024)))).toBe(true);
  });
});

test('upload ids are UUIDs of version 7, in the order of time', () => {
  const ids = [1, 2, 3_000_000_000_000].map((now) => newUploadId(now));
  expect(ids.toSorted()).toEqual(ids);
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
