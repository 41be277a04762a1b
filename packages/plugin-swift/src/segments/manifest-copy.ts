import type { Store } from '../store/context.js';
import { PLAIN_TYPE } from './content-type.js';
import { setPrefix } from './segment-set.js';

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
  const request = newestOf(store, nameOf(store, set), {}, signal);
  return store.client.read(request, async (answer) => {
    const text = await answer.text();
    return answer.status === 404 ? undefined : text;
  });
}

/** A request for an object, or that there is none: of all its replicas the newest. */
export function newestOf(
  { layout }: Store,
  key: string,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
) {
  const headers = { 'x-newest': 'true' };
  return { method: 'GET', path: layout.pathOf(key), query, headers, accept: [404], signal } as const;
}

/** It goes with what the listing has of the set. */
function nameOf({ layout }: Store, set: string): string {
  return `${setPrefix(layout, set)}manifest`;
}
