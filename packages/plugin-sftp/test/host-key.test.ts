import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { fingerprintOf, keyTypeOf, loadHostKeys } from '../src/host-key.js';

/** Not a key that anything could be signed with: a type and some bytes. */
function keyOf(type: string, seed: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return Buffer.concat([length, Buffer.from(type), Buffer.from(seed)]);
}

const right = keyOf('ssh-ed25519', 'right');
const other = keyOf('ssh-ed25519', 'other');
const old = keyOf('ssh-rsa', 'old');

function fileWith(...lines: string[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'outrigger-sftp-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true });
  });
  const file = join(directory, 'known_hosts');
  writeFileSync(file, lines.join('\n'));
  return file;
}

function line(patterns: string, key: Buffer, marker = ''): string {
  return `${marker}${patterns} ${keyTypeOf(key)} ${key.toString('base64')} a comment`;
}

test('a fingerprint, and one of several', () => {
  const one = loadHostKeys(fingerprintOf(right), 'h', 22);
  expect([one.accepts(right), one.accepts(other)]).toEqual([true, false]);
  const two = loadHostKeys(`${fingerprintOf(old)}, ${fingerprintOf(right)}=`, 'h', 22);
  expect([two.accepts(right), two.accepts(old), two.accepts(other)]).toEqual([true, true, false]);
});

test.each(['SHA256:short', 'MD5:aa:bb', `${fingerprintOf(right)} and more`, '/there/is/no/such/file'])(
  '%s is refused',
  (given) => {
    expect(() => loadHostKeys(given, 'h', 22)).toThrow('hostkey: ');
  },
);

test('the keys of a host in a known_hosts file, and their types', () => {
  const file = fileWith(
    line('store.example,10.0.0.1', right),
    line('store.example', old),
    line('else', other),
  );
  const keys = loadHostKeys(file, 'Store.example', 22);
  expect(keys.types).toEqual(['ssh-ed25519', 'ssh-rsa']);
  expect([right, old, other].map((key) => keys.accepts(key))).toEqual([true, true, false]);
});

test.each([
  ['[store.example]:2222', true],
  ['store.example', false],
  ['*.example', false],
  ['[*.example]:2222', true],
  ['[store.exampl?]:2222', true],
  ['[*]:2222,![store.example]:2222', false],
  ['[storeXexample]:2222', false],
])('the pattern %s at port 2222', (pattern, isKnown) => {
  const load = () => loadHostKeys(fileWith(line(pattern, right)), 'store.example', 2222).accepts(right);
  if (isKnown) expect(load()).toBe(true);
  else expect(load).toThrow('no key of this host and port');
});

test('a hashed name', () => {
  const salt = Buffer.from('twenty bytes of salt');
  const hash = createHmac('sha1', salt).update('store.example').digest('base64');
  const file = fileWith(line(`|1|${salt.toString('base64')}|${hash}`, right));
  expect(loadHostKeys(file, 'store.example', 22).accepts(right)).toBe(true);
  expect(() => loadHostKeys(file, 'else.example', 22)).toThrow('no key of this host and port');
});

test('a revoked key is never taken, and an authority is no key of a host', () => {
  const file = fileWith(
    line('h', right),
    line('h', other),
    line('h', right, '@revoked '),
    line('h', old, '@cert-authority '),
  );
  const keys = loadHostKeys(file, 'h', 22);
  expect([right, other, old].map((key) => keys.accepts(key))).toEqual([false, true, false]);
});
