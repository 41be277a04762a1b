import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HttpError } from '../../src/http/errors.js';
import { parseUrl } from '../../src/http/route.js';
import { isRegistryError } from '../../src/registry-error.js';

const component = fc.stringMatching(/^[a-z0-9]{1,8}(?:(?:\.|_|__|-{1,3})[a-z0-9]{1,8}){0,2}$/);
const name = fc
  .array(
    fc.oneof(component, fc.constantFrom('blobs', 'manifests', 'tags', 'uploads', 'referrers', 'list', 'v2')),
    {
      minLength: 1,
      maxLength: 5,
    },
  )
  .map((components) => components.join('/'));
const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/);

describe('request targets', () => {
  test('every name finds its way into every route', () => {
    fc.assert(
      fc.property(name, tag, fc.uuid(), (repository, reference, id) => {
        const parse = (tail: string) => parseUrl(`/v2/${repository}/${tail}`, '').route;
        expect(parse('tags/list')).toEqual({ kind: 'tags', name: repository });
        expect(parse('blobs/uploads/')).toEqual({ kind: 'uploads', name: repository });
        expect(parse(`blobs/uploads/${id}?x=y`)).toEqual({ kind: 'upload', name: repository, id });
        expect(parse('blobs/sha256:abc')).toEqual({ kind: 'blob', name: repository, digest: 'sha256:abc' });
        expect(parse('referrers/sha256:abc')).toEqual({
          kind: 'referrers',
          name: repository,
          digest: 'sha256:abc',
        });
        const isUpload = repository.endsWith('/blobs/uploads');
        if (!isUpload)
          expect(parse(`manifests/${reference}`)).toEqual({ kind: 'manifest', name: repository, reference });
      }),
    );
  });

  test('any target is a route with a sound name, or one of two errors', () => {
    const part = fc.oneof(
      fc.constantFrom('v2', '..', '.', '', '%2e', '%2F', 'blobs', 'tags', 'list'),
      fc.string(),
    );
    const target = fc.array(part, { maxLength: 8 }).map((parts) => `/v2/${parts.join('/')}`);
    fc.assert(
      fc.property(fc.oneof(target, fc.string()), (each) => {
        try {
          const { route } = parseUrl(each, '');
          if ('name' in route) expect(route.name).toMatch(/^[a-z0-9]+(?:[._-]+[a-z0-9]+|\/[a-z0-9]+)*$/);
        } catch (error) {
          expect(error instanceof HttpError || isRegistryError(error, 'NAME_INVALID')).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});
