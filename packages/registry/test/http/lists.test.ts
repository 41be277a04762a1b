import { describe, expect, test } from 'vitest';
import type { TestRegistry } from '../registry-fixture.js';
import {
  OCI_INDEX,
  bytes,
  errorCode,
  header,
  pushBlob,
  putManifest,
  startRegistry,
  startUpload,
} from '../registry-fixture.js';

const EMPTY_INDEX = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] });

/** All pages, by their links. */
async function follow(registry: TestRegistry, first: string): Promise<string[][]> {
  const pages: string[][] = [];
  for (let path: string | undefined = first; path !== undefined;) {
    const answer = await registry.call('GET', path);
    expect(answer.status).toBe(200);
    const body = (await answer.json()) as { tags?: string[]; repositories?: string[] };
    pages.push(body.tags ?? body.repositories ?? []);
    const link = /^<(.*)>; rel="next"$/.exec(answer.headers.get('link') ?? '');
    path = link?.[1]?.replace('/v2/', '');
  }
  return pages;
}

describe('tags (end-8)', () => {
  const TAGS = ['10', '9', 'A', 'a', 'a-b', 'a.b', 'a_b', 'b', 'latest', 'latest-1', 'z'];

  async function withTags(): Promise<TestRegistry> {
    const registry = await startRegistry();
    for (const tag of TAGS.toReversed()) await putManifest(registry, 'r', tag, EMPTY_INDEX, OCI_INDEX);
    return registry;
  }

  test('come in byte order, all or by page', async () => {
    const registry = await withTags();
    const sorted = TAGS.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(await follow(registry, 'r/tags/list')).toEqual([sorted]);
    for (const size of [1, 2, 5, 10, 11, 12]) {
      const pages = await follow(registry, `r/tags/list?n=${size}`);
      expect(pages.flat()).toEqual(sorted);
      expect(pages.slice(0, -1).every((page) => page.length === size)).toBe(true);
    }
    expect(await follow(registry, 'r/tags/list?n=100&last=b')).toEqual([['latest', 'latest-1', 'z']]);
    expect(await follow(registry, 'r/tags/list?last=aa')).toEqual([['b', 'latest', 'latest-1', 'z']]);
    expect(await follow(registry, 'r/tags/list?last=zz')).toEqual([[]]);
    expect(await follow(registry, 'r/tags/list?n=0')).toEqual([[]]);
  });

  test('more than the maximum is cut, with a link', async () => {
    const registry = await startRegistry({ tagsMax: 2 });
    for (const tag of ['a', 'b', 'c']) await putManifest(registry, 'r', tag, EMPTY_INDEX, OCI_INDEX);
    expect(await follow(registry, 'r/tags/list?n=1000000000')).toEqual([['a', 'b'], ['c']]);
  });

  test.each(['-1', 'abc', '1.5', '1e3', '99999999999999999999'])('n=%s is refused', async (n) => {
    const registry = await withTags();
    const answer = await registry.call('GET', `r/tags/list?n=${n}`);
    expect(answer.status).toBe(400);
    expect(await errorCode(answer)).toBe('UNSUPPORTED');
  });

  test('of a repository with blobs only there are none, of no repository 404', async () => {
    const registry = await startRegistry();
    await pushBlob(registry, 'blobs/only', bytes(10));
    expect(await (await registry.call('GET', 'blobs/only/tags/list')).json()).toEqual({
      name: 'blobs/only',
      tags: [],
    });
    const answer = await registry.call('GET', 'nothing/tags/list');
    expect(answer.status).toBe(404);
    expect(await errorCode(answer)).toBe('NAME_UNKNOWN');
  });
});

describe('catalog', () => {
  const NAMES = ['0', 'a', 'a/0', 'a/b', 'a/b/c', 'a-b', 'a-b/c', 'b/deep/er', 'tags/list', 'z'];

  async function withRepositories(): Promise<TestRegistry> {
    const registry = await startRegistry();
    for (const name of NAMES.toReversed()) await putManifest(registry, name, 'v1', EMPTY_INDEX, OCI_INDEX);
    await startUpload(registry, 'unfinished');
    return registry;
  }

  test('lists repositories, each before those below it, all or by page', async () => {
    const registry = await withRepositories();
    expect(await follow(registry, '_catalog')).toEqual([NAMES]);
    for (const size of [1, 2, 3, 9, 10, 11]) {
      const pages = await follow(registry, `_catalog?n=${size}`);
      expect(pages.flat()).toEqual(NAMES);
    }
    expect(await follow(registry, '_catalog?last=a/b')).toEqual([NAMES.slice(4)]);
    expect(await follow(registry, '_catalog?n=2&last=nothing/such')).toEqual([['tags/list', 'z']]);
    expect(await follow(registry, '_catalog?n=0')).toEqual([[]]);
  });

  test('gives 100 where nothing is said, and refuses too many', async () => {
    const registry = await startRegistry({ catalogMaxEntries: 3 });
    for (const name of NAMES) await putManifest(registry, name, 'v1', EMPTY_INDEX, OCI_INDEX);
    const pages = await follow(registry, '_catalog');
    expect(pages[0]).toEqual(NAMES.slice(0, 3));
    expect(pages.flat()).toEqual(NAMES);
    for (const n of ['4', '2147483647', '-1', 'x']) {
      const answer = await registry.call('GET', `_catalog?n=${n}`);
      expect(answer.status).toBe(400);
      expect(await errorCode(answer)).toBe('PAGINATION_NUMBER_INVALID');
    }
  });

  test('of an empty store is empty', async () => {
    const registry = await startRegistry();
    const answer = await registry.call('GET', '_catalog');
    expect(header(answer, 'content-type')).toContain('application/json');
    expect(await answer.json()).toEqual({ repositories: [] });
  });
});
