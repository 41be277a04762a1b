import type { ObjectInfo } from '@outrigger/object-store';
import type { Api } from './api.js';
import { unexpected } from './errors.js';
import { RESOURCE_FIELDS, type Resource, isForeignUpload, parseResource, toInfo } from './resource.js';

export async function headObject(
  api: Api,
  key: string,
  signal?: AbortSignal,
): Promise<ObjectInfo | undefined> {
  const found = await lookUp(api, key, signal);
  return found === undefined || isForeignUpload(found.contentType) ? undefined : toInfo(found);
}

/** All that the store tells of an object, also of what is no content. */
export async function lookUp(api: Api, key: string, signal?: AbortSignal): Promise<Resource | undefined> {
  const { status, value } = await api.json(key, {
    method: 'GET',
    path: api.objectPath(key),
    query: { fields: RESOURCE_FIELDS },
    accept: [404],
    signal,
  });
  if (status === 404) return undefined;
  return parseResource(value) ?? fail(key);
}

function fail(key: string): never {
  throw unexpected('the store tells of an object what cannot be', key);
}
