import { compareNames } from '@outrigger/driver';
import type { ObjectListRequest, ObjectPage } from '@outrigger/object-store';
import type { Api } from './api.js';
import { unexpected } from './errors.js';
import { RESOURCE_FIELDS, type ResourcePage, parsePage, toInfo } from './resource.js';

/** A page that answers something, or is the last. The store may answer empty ones before. */
export async function listObjects(api: Api, request: ObjectListRequest): Promise<ObjectPage> {
  let pageToken: string | undefined;
  for (;;) {
    const page = await listPage(api, request, pageToken);
    const shown = toObjectPage(page, request);
    if (shown.next !== undefined || page.nextPageToken === undefined) return shown;
    pageToken = page.nextPageToken;
  }
}

async function listPage(
  api: Api,
  { prefix, isShallow, startAfter, limit, signal }: ObjectListRequest,
  pageToken: string | undefined,
): Promise<ResourcePage> {
  const { value } = await api.json(prefix, {
    method: 'GET',
    path: `${api.bucketPath}/o`,
    query: {
      prefix: prefix === '' ? undefined : prefix,
      delimiter: isShallow ? '/' : undefined,
      // Inclusive: what it names is left out below, so one more is asked for.
      startOffset: startAfter === undefined ? undefined : startOffset(startAfter, isShallow),
      maxResults: startAfter === undefined ? limit : Math.min(limit + 1, 1000),
      pageToken,
      fields: `items(${RESOURCE_FIELDS}),prefixes,nextPageToken`,
    },
    signal,
  });
  const page = parsePage(value ?? {});
  if (page === undefined) throw unexpected('the store lists what cannot be', prefix);
  return page;
}

/** In a shallow list all that lies below a directory is behind it once that has been listed: `0` comes after `/`. */
function startOffset(startAfter: string, isShallow: boolean): string {
  return isShallow && startAfter.endsWith('/') ? `${startAfter.slice(0, -1)}0` : startAfter;
}

/** Of what the store answered, in order, what was asked for; `next` where something was left, or is left in the store. */
function toObjectPage(page: ResourcePage, { startAfter, limit }: ObjectListRequest): ObjectPage {
  const isAsked = (key: string) => startAfter === undefined || compareNames(key, startAfter) > 0;
  const items = new Map(page.items.filter(({ name }) => isAsked(name)).map((item) => [item.name, item]));
  const all = [...items.keys(), ...page.prefixes.filter(isAsked)].sort(compareNames);
  const keys = all.slice(0, limit);
  const hasMore = keys.length < all.length || page.nextPageToken !== undefined;
  return {
    objects: keys.flatMap((key) => items.get(key) ?? []).map(toInfo),
    prefixes: keys.filter((key) => !items.has(key)),
    next: hasMore ? keys.at(-1) : undefined,
  };
}
