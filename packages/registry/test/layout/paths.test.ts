import { checkPath } from '@outrigger/driver';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as own from '../../src/layout/distribution/paths.js';
import * as aside from '../../src/layout/paths.js';
import { parseDigest } from '../../src/reference/digest.js';

const paths = { ...own, ...aside };
const digest = parseDigest(`sha256:${'ab'.repeat(32)}`);
const hex = digest.hex;

test("Distribution's layout, path by path (L1 to L5)", () => {
  const root = '/docker/registry/v2';
  expect(paths.blobData(digest)).toBe(`${root}/blobs/sha256/ab/${hex}/data`);
  expect(paths.layerLink('a/b', digest)).toBe(`${root}/repositories/a/b/_layers/sha256/${hex}/link`);
  expect(paths.revisionLink('a', digest)).toBe(
    `${root}/repositories/a/_manifests/revisions/sha256/${hex}/link`,
  );
  expect(paths.tagCurrentLink('a', 'v1')).toBe(`${root}/repositories/a/_manifests/tags/v1/current/link`);
  expect(paths.tagIndexLink('a', 'v1', digest)).toBe(
    `${root}/repositories/a/_manifests/tags/v1/index/sha256/${hex}/link`,
  );
  expect(paths.uploadData('a', 'id')).toBe(`${root}/repositories/a/_uploads/id/data`);
  expect(paths.uploadStartedAt('a', 'id')).toBe(`${root}/repositories/a/_uploads/id/startedat`);
  expect(paths.referrer('a', digest, digest)).toBe(
    `${root}/repositories/a/_outrigger/referrers/sha256/${hex}/sha256-${hex}`,
  );
});

test('the longest name, tag and digest still make a path that drivers take', () => {
  const long = parseDigest(`sha512:${'0'.repeat(128)}`);
  const name = `${'a/'.repeat(127)}a`;
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{127}$/), (tag) => {
      checkPath(paths.tagIndexLink(name, tag, long));
      checkPath(paths.referrer(name, long, long));
    }),
  );
});
