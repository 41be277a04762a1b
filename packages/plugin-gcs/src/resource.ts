import type { ObjectInfo } from '@outrigger/object-store';
import { z } from 'zod';

/** What the JSON API tells of an object; numbers of 64 bits are texts. */
const resource = z.object({
  name: z.string(),
  size: z.union([z.string().regex(/^\d+$/), z.int().nonnegative()]),
  generation: z.union([z.string(), z.number()]).optional(),
  updated: z.string(),
  contentType: z.string().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
});

export type Resource = z.infer<typeof resource>;

/** The `fields` that {@link parseResource} wants; nothing else travels. */
export const RESOURCE_FIELDS = 'name,size,generation,updated,contentType,metadata';

const page = z.object({
  items: z.array(resource).default([]),
  prefixes: z.array(z.string()).default([]),
  nextPageToken: z.string().optional(),
});

export type ResourcePage = z.infer<typeof page>;

/** Undefined: it is not of that shape. */
export function parseResource(value: unknown): Resource | undefined {
  return resource.safeParse(value).data;
}

/** Undefined: it is not of that shape. */
export function parsePage(value: unknown): ResourcePage | undefined {
  return page.safeParse(value).data;
}

/**
 * What Distribution writes of an upload that goes on: the tail of it and, as metadata, the address of a session. It is no
 * content; Distribution says that nothing is there.
 */
export function isForeignUpload(contentType: string | undefined): boolean {
  return contentType === 'application/x-docker-upload-session';
}

export function toInfo({ name, size, generation, updated }: Resource): ObjectInfo {
  return {
    key: name,
    size: Number(size),
    modTime: wholeSeconds(new Date(updated)),
    ...(generation === undefined ? {} : { version: String(generation) }),
  };
}

/** What an open object tells, in `Last-Modified`, has no fractions: one object has one time, wherever it comes from. */
function wholeSeconds(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}
