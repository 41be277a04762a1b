import type { ObjectInfo, ObjectListRequest, ObjectPage } from '@outrigger/object-store';
import { createRegulator } from '@outrigger/driver';
import { z } from 'zod';
import { unexpected } from '../errors.js';
import { sizeOfType } from '../segments/content-type.js';
import type { Store } from './context.js';
import { describe } from './describe.js';

const listingSchema = z.array(
  z.union([
    z.object({ subdir: z.string() }),
    z.object({
      name: z.string(),
      bytes: z.int(),
      content_type: z.string().nullish(),
      last_modified: z.string(),
    }),
  ]),
);

/** An object as a listing has it. */
export interface ListedObject {
  readonly name: string;
  readonly bytes: number;
  readonly contentType: string;
  readonly modTime: Date;
}

export interface Listing {
  readonly objects: readonly ListedObject[];
  readonly prefixes: readonly string[];
  /** Of the last entry; undefined where the listing ends. */
  readonly next: string | undefined;
}

export interface ListingRequest extends ObjectListRequest {
  /** Default: that of the content. */
  readonly containerPath?: string;
}

/** A page of the container's listing, which Swift has in the order of bytes. */
export async function fetchListing(store: Store, request: ListingRequest): Promise<Listing> {
  const { prefix, isShallow, startAfter, limit, signal } = request;
  const query = {
    format: 'json',
    prefix,
    limit: String(limit),
    marker: startAfter,
    delimiter: isShallow ? '/' : undefined,
  };
  const path = request.containerPath ?? store.layout.containerPath;
  // An empty listing is a 204 on some servers.
  const text = await store.client.read({ method: 'GET', path, query, signal }, (answer) => answer.text());
  const entries = listingSchema.safeParse(text === '' ? [] : JSON.parse(text));
  if (!entries.success) throw unexpected('Swift lists what is no listing', prefix);
  const last = entries.data.at(-1);
  return {
    objects: entries.data.flatMap((entry) => ('subdir' in entry ? [] : [toListed(entry)])),
    prefixes: entries.data.flatMap((entry) => ('subdir' in entry ? [entry.subdir] : [])),
    next: last === undefined || entries.data.length < limit ? undefined : nameOf(last),
  };
}

/**
 * As {@link fetchListing}, with the true sizes: a listing has 0 for dynamic large objects, and some servers have the size of
 * the manifest for static ones. Ours have it in their type; where nothing tells it, the object itself is asked.
 */
export async function list(store: Store, request: ObjectListRequest): Promise<ObjectPage> {
  const { objects, prefixes, next } = await fetchListing(store, request);
  const regulator = createRegulator(QUESTIONS);
  const infos = await Promise.all(
    objects.map(async ({ name, bytes, contentType, modTime }): Promise<ObjectInfo | undefined> => {
      const size = sizeOfType(contentType) ?? (bytes > 0 ? bytes : undefined);
      if (size !== undefined) return { key: name, size, modTime };
      return (await regulator.run(() => describe(store, name, request), request.signal))?.info;
    }),
  );
  return { objects: infos.filter((info) => info !== undefined), prefixes, next };
}

/** At a time. */
const QUESTIONS = 8;

type Entry = z.output<typeof listingSchema>[number];

function nameOf(entry: Entry): string {
  return 'subdir' in entry ? entry.subdir : entry.name;
}

function toListed({
  name,
  bytes,
  content_type: contentType,
  last_modified: modified,
}: Exclude<Entry, { subdir: string }>): ListedObject {
  // UTC, though it is not said.
  const modTime = new Date(/Z|[+-]\d\d:?\d\d$/.test(modified) ? modified : `${modified}Z`);
  return { name, bytes, contentType: contentType ?? '', modTime };
}
