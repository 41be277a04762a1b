import { StorageError } from '@outrigger/driver';
import type { ObjectInfo, ObjectListRequest, ObjectPage } from '@outrigger/object-store';
import type { ContainerListBlobsOptions } from '@azure/storage-blob';
import { toInfo } from './head.js';
import type { Service } from './service.js';

const LAST_PAGE: ObjectPage = { objects: [], prefixes: [], next: undefined };

/**
 * One page. `startFrom` of the service takes a name to begin with, so that no page begins at the front. A service that does not know it lists
 * from there: its pages are gone through, and the answer is the same.
 */
export async function listBlobs(service: Service, request: ObjectListRequest): Promise<ObjectPage> {
  const { prefix, startAfter = '' } = request;
  const isBehind = startAfter > prefix && !startAfter.startsWith(prefix);
  if (isBehind) return LAST_PAGE;
  let marker: string | undefined;
  do {
    const segment = await listSegment(service, request, marker);
    const objects = segment.objects.filter(({ key }) => key > startAfter);
    const prefixes = segment.prefixes.filter((each) => each > startAfter);
    marker = segment.marker;
    // A page of the service may be empty, or lie before the start.
    if (objects.length === 0 && prefixes.length === 0) continue;
    return { objects, prefixes, next: marker === undefined ? undefined : lastOf(objects, prefixes) };
  } while (marker !== undefined);
  return LAST_PAGE;
}

/** What one request of the service lists. */
export interface Segment {
  readonly objects: readonly ObjectInfo[];
  readonly prefixes: readonly string[];
  /** Of the next one. */
  readonly marker: string | undefined;
}

export async function listSegment(
  service: Service,
  request: ObjectListRequest,
  marker: string | undefined,
  more: ContainerListBlobsOptions = {},
): Promise<Segment> {
  const { prefix, isShallow, limit, signal } = request;
  const { container, toName } = service;
  const options: ContainerListBlobsOptions = {
    prefix: toName(prefix),
    ...startOf(service, request),
    ...more,
  };
  const paging = { maxPageSize: limit, ...(marker === undefined ? {} : { continuationToken: marker }) };
  const page = await service.call({ key: prefix, signal }, async (abortSignal) => {
    const given = { ...options, abortSignal };
    if (!isShallow) {
      const { segment, continuationToken } = await firstOf(container.listBlobsFlat(given).byPage(paging));
      return { items: segment.blobItems, prefixes: [], continuationToken };
    }
    const pages = container.listBlobsByHierarchy('/', given).byPage(paging);
    const { segment, continuationToken } = await firstOf(pages);
    return { items: segment.blobItems, prefixes: segment.blobPrefixes ?? [], continuationToken };
  });
  return {
    objects: page.items.map(({ name, properties }) =>
      toInfo(service.toKey(name), properties.contentLength ?? 0, properties),
    ),
    prefixes: page.prefixes.map(({ name }) => service.toKey(name)),
    // The service ends with an empty one.
    marker: page.continuationToken === '' ? undefined : page.continuationToken,
  };
}

async function firstOf<T>(pages: AsyncIterator<T>): Promise<T> {
  const first = await pages.next();
  if (first.done === true) throw new StorageError('INTERNAL', 'the service gave no page of a listing');
  return first.value;
}

/**
 * The first name that may be listed: `!` is before all that a name of ours has. A shallow listing takes only names of its own level: for a
 * directory that is passed, what is behind it (`0` follows the slash).
 */
function startOf(
  { toName }: Service,
  { prefix, isShallow, startAfter = '' }: ObjectListRequest,
): { startFrom?: string } {
  if (startAfter <= prefix) return {};
  const slash = isShallow ? startAfter.indexOf('/', prefix.length) : -1;
  return { startFrom: toName(slash === -1 ? `${startAfter}!` : `${startAfter.slice(0, slash)}0`) };
}

function lastOf(objects: readonly ObjectInfo[], prefixes: readonly string[]): string {
  const [object = '', prefix = ''] = [objects.at(-1)?.key, prefixes.at(-1)];
  return object > prefix ? object : prefix;
}
