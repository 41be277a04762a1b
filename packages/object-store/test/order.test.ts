import { compareNames, comparePaths } from '@outrigger/driver';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKeys } from '../src/keys.js';
import { listDirectory } from '../src/list-directory.js';
import { walkSubtree } from '../src/walk-subtree.js';
import { createBucket, createMemoryStore } from './memory-object-store.js';

const name = fc.stringMatching(/^[-.a0]{1,4}$/).filter((each) => each !== '.' && each !== '..');
const key = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
/** Nothing lies below an object. */
const tree = fc
  .uniqueArray(key, { minLength: 1, maxLength: 60 })
  .map((keys) => keys.filter((each) => !keys.some((other) => other.startsWith(`${each}/`))));
const limit = fc.constantFrom(1, 2, 3, 5, 17);
const root = fc.constantFrom('', 'r/');

async function storeOf(tree: readonly string[], root: string, pageSize: number) {
  const bucket = createBucket();
  const store = createMemoryStore(bucket, { pageSize });
  for (const each of tree) await store.put(root + each, new Uint8Array(1));
  await store.put(`${root}_outrigger-uploads/a/state`, new Uint8Array(1));
  await store.put(`x${root}`, new Uint8Array(1));
  bucket.requests.length = 0;
  return { store, bucket, keys: createKeys(root) };
}

/** Every object and every directory, in walk order. */
function modelOf(tree: readonly string[], root: string): string[] {
  const paths = new Set<string>();
  for (const each of root === '' ? [...tree, 'x'] : tree) {
    const parts = each.split('/');
    for (let end = 1; end <= parts.length; end++) paths.add(`/${parts.slice(0, end).join('/')}`);
  }
  return [...paths].sort(comparePaths);
}

describe('the order of names', () => {
  it('is that of listings, whatever the pages', async () => {
    await fc.assert(
      fc.asyncProperty(tree, root, limit, limit, async (tree, root, limit, pageSize) => {
        const { store, keys } = await storeOf(tree, root, pageSize);
        const model = modelOf(tree, root);
        const parents = new Set([
          '/',
          ...model.filter((path) => model.some((other) => other.startsWith(`${path}/`))),
        ]);
        for (const parent of parents) {
          const below = parent === '/' ? '/' : `${parent}/`;
          const expected = model.filter(
            (path) => path.startsWith(below) && !path.slice(below.length).includes('/'),
          );
          expected.sort(compareNames);
          const seen: string[] = [];
          let cursor: string | undefined;
          do {
            const page = await listDirectory(store, keys, parent, { limit, cursor });
            expect(page.entries.length).toBeLessThanOrEqual(limit);
            seen.push(...page.entries.map(({ path }) => path));
            for (const { path, isDir } of page.entries) expect(isDir).toBe(parents.has(path));
            cursor = page.cursor;
          } while (cursor !== undefined);
          expect(seen).toEqual(expected);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is that of walks, whatever the pages', async () => {
    await fc.assert(
      fc.asyncProperty(tree, root, limit, limit, async (tree, root, limit, pageSize) => {
        const { store, keys } = await storeOf(tree, root, pageSize);
        const model = modelOf(tree, root);
        for (const top of ['/', ...model]) {
          const expected = model.filter((path) => top === '/' || path.startsWith(`${top}/`));
          if (expected.length === 0) continue;
          const seen: string[] = [];
          let after: string | undefined;
          for (;;) {
            const page = await walkSubtree(store, keys, top, { limit, after });
            expect(page.entries.length).toBeLessThanOrEqual(limit);
            seen.push(...page.entries.map(({ path }) => path));
            for (const { path, isDir } of page.entries)
              expect(isDir).toBe(model.some((other) => other.startsWith(`${path}/`)));
            if (page.done) break;
            expect(page.entries.length).toBeGreaterThan(0);
            after = page.entries.at(-1)?.path;
          }
          expect(seen).toEqual(expected);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is that of walks behind any path, with and without what is below it', async () => {
    await fc.assert(
      fc.asyncProperty(
        tree,
        root,
        key,
        fc.boolean(),
        limit,
        async (tree, root, start, skipChildren, pageSize) => {
          const { store, keys } = await storeOf(tree, root, pageSize);
          const model = modelOf(tree, root);
          for (const after of [`/${start}`, ...model]) {
            const { entries, done } = await walkSubtree(store, keys, '/', { after, skipChildren });
            const expected = model.filter(
              (path) => comparePaths(path, after) > 0 && !(skipChildren && path.startsWith(`${after}/`)),
            );
            expect(entries.map(({ path }) => path)).toEqual(expected);
            expect(done).toBe(true);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('the requests', () => {
  async function registry() {
    const hex = (i: number) => (i * 2_654_435_761).toString(16).padStart(10, '0');
    const tags = Array.from(
      { length: 400 },
      (_, i) => `v1.${String(i)}.${String(i % 7)}-alpha.${String(i % 3)}`,
    );
    const keys = [
      ...Array.from({ length: 1500 }, (_, i) => `blobs/sha256/${hex(i).slice(-2)}/${hex(i)}/data`),
      ...tags.flatMap((tag) => [
        `repositories/a-b/_manifests/tags/${tag}/current/link`,
        `repositories/a/x/${tag}/link`,
      ]),
    ];
    return { ...(await storeOf(keys, 'r/', 1000)), keyCount: keys.length, tags };
  }

  it('of a walk are a few a page, not one an entry', async () => {
    const { store, bucket, keys, keyCount } = await registry();
    let [entries, pages] = [0, 0];
    for (let after: string | undefined; ;) {
      const page = await walkSubtree(store, keys, '/', { after, limit: 500 });
      entries += page.entries.length;
      pages++;
      if (page.done) break;
      after = page.entries.at(-1)?.path;
    }
    expect(entries).toBeGreaterThan(2 * keyCount);
    expect(bucket.requests.length).toBeLessThan(15 * pages);
  });

  it('of a listing are a few a page, not one an entry', async () => {
    const { store, bucket, keys, tags } = await registry();
    const seen: string[] = [];
    let pages = 0;
    let cursor: string | undefined;
    do {
      const page = await listDirectory(store, keys, '/repositories/a-b/_manifests/tags', {
        limit: 50,
        cursor,
      });
      seen.push(...page.entries.map(({ path }) => path.slice(path.lastIndexOf('/') + 1)));
      cursor = page.cursor;
      pages++;
    } while (cursor !== undefined);
    expect(seen).toEqual(tags.toSorted(compareNames));
    expect(bucket.requests.length).toBeLessThanOrEqual(6 * pages);
  });
});
