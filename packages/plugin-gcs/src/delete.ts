import { createRegulator } from '@outrigger/driver';
import type { Api } from './api.js';

/** Requests at a time, of one call. */
const CONCURRENCY = 16;

/** One request for each: the JSON API has none for many that would take less of the quota. */
export async function deleteObjects(api: Api, keys: readonly string[], signal?: AbortSignal): Promise<void> {
  const regulator = createRegulator(CONCURRENCY);
  const results = await Promise.allSettled(
    keys.map((key) => regulator.run(() => deleteObject(api, key, signal), signal)),
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

async function deleteObject(api: Api, key: string, signal: AbortSignal | undefined): Promise<void> {
  await api.json(key, { method: 'DELETE', path: api.objectPath(key), accept: [404], signal });
}
