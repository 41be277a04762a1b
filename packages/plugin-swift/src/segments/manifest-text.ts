import type { Store } from '../store/context.js';
import { SET_HEADER } from '../store/describe.js';
import { newestOf } from '../store/newest.js';
import { PLAIN_TYPE } from './content-type.js';
import { setPrefix } from './segment-set.js';

/** What the server answers for a manifest. A set without a text: it has one, and does not give it. */
export async function askManifest(
  store: Store,
  key: string,
  signal: AbortSignal | undefined,
): Promise<{ set: string | undefined; text: string | undefined }> {
  const query = { 'multipart-manifest': 'get' };
  return store.client.read(newestOf(store, 'GET', key, { query, signal }), async (answer) => {
    const set = answer.status === 404 ? undefined : answer.header(SET_HEADER);
    const isManifest = answer.header('x-static-large-object')?.toLowerCase() === 'true';
    if (answer.status !== 404 && isManifest) return { set, text: await answer.text() };
    await answer.discard();
    return { set, text: undefined };
  });
}

/** Looked up once, at a manifest that was just written. One that is already replaced tells nothing. */
export async function givesManifests(
  store: Store,
  key: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { learnt } = store;
  if (learnt.givesManifests === undefined) {
    const { set, text } = await askManifest(store, key, signal);
    if (text === undefined && set === undefined) return false;
    learnt.givesManifests = text !== undefined;
  }
  return learnt.givesManifests;
}

/** Keeps the manifest over a set beside its segments, for radosgw, which does not give it back. */
export async function writeCopy(
  store: Store,
  set: string,
  manifest: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const path = store.layout.pathOf(nameOf(store, set));
  const headers = { 'content-type': PLAIN_TYPE };
  await store.client.touch({ method: 'PUT', path, headers, body: manifest, signal });
}

/** Undefined: there is none. */
export async function readCopy(
  store: Store,
  set: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const request = newestOf(store, 'GET', nameOf(store, set), { signal });
  return store.client.read(request, async (answer) => {
    const text = await answer.text();
    return answer.status === 404 ? undefined : text;
  });
}

/** It goes with what the listing has of the set. */
function nameOf({ layout }: Store, set: string): string {
  return `${setPrefix(layout, set)}manifest`;
}
