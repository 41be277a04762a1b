import type { ObjectPage } from '@outrigger/object-store';
import { describe, expect, it } from 'vitest';
import { listBlobs } from '../src/list.js';
import { fakeService } from './fake-service.js';

interface Options {
  readonly prefix: string;
  readonly startFrom?: string;
}

interface Paging {
  readonly maxPageSize: number;
  readonly continuationToken?: string;
}

const NAMES = ['a', 'd/1', 'd/2', 'd/3', 'd/e/1', 'd/e/2', 'd/e-x', 'd/f', 'z'].sort();

/** A container that lists so many names a page, and knows `startFrom` or does not. */
function containerOf(isModern: boolean, asked: (string | undefined)[] = []) {
  const listFrom = ({ prefix, startFrom = '' }: Options, { maxPageSize, continuationToken = '' }: Paging) => {
    const from = isModern ? startFrom : '';
    const names = NAMES.filter((name) => name.startsWith(prefix) && name >= from && name > continuationToken);
    return { page: names.slice(0, maxPageSize), rest: names.slice(maxPageSize) };
  };
  const flat = (options: Options) => ({
    byPage: (paging: Paging) => {
      asked.push(options.startFrom);
      const { page, rest } = listFrom(options, paging);
      const blobItems = page.map((name) => ({ name, properties: { contentLength: 1, etag: '0x1' } }));
      const continuationToken = rest.length === 0 ? '' : page.at(-1);
      return {
        next: () => Promise.resolve({ done: false, value: { segment: { blobItems }, continuationToken } }),
      };
    },
  });
  return fakeService({ container: { listBlobsFlat: flat } });
}

async function listAll(service: ReturnType<typeof containerOf>, startAfter?: string): Promise<string[]> {
  const keys: string[] = [];
  let after = startAfter;
  do {
    const page: ObjectPage = await listBlobs(service, {
      prefix: 'd/',
      isShallow: false,
      startAfter: after,
      limit: 2,
    });
    keys.push(...page.objects.map(({ key }) => key));
    after = page.next;
  } while (after !== undefined);
  return keys;
}

describe.each([
  ['that knows startFrom', true],
  ['that does not', false],
])('a listing of a service %s', (_what, isModern) => {
  it.each([undefined, 'd/2', 'd/2~', 'd/e/~', 'd/zz', 'e', 'a'])('begins behind %s', async (startAfter) => {
    const expected = NAMES.filter((name) => name.startsWith('d/') && name > (startAfter ?? ''));
    expect(await listAll(containerOf(isModern), startAfter)).toEqual(expected);
  });
});

it('pages begin where the last one ended, and not at the front', async () => {
  const asked: (string | undefined)[] = [];
  await listAll(containerOf(true, asked));
  expect(asked).toEqual([undefined, 'd/2!', 'd/e-x!', 'd/e/2!']);
});

it('what is behind the prefix needs no request', async () => {
  const asked: (string | undefined)[] = [];
  expect(await listAll(containerOf(true, asked), 'e')).toEqual([]);
  expect(asked).toEqual([]);
});
