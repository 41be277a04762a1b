import type { ObjectInfo, SignalOption } from '@outrigger/object-store';
import { unexpected } from '../errors.js';
import type { HttpAnswer } from '../http/exchange.js';
import { RequestFailure } from '../http/failure.js';
import type { Store } from './context.js';
import { newestOf } from './newest.js';

/** Names our own set of segments that a manifest stands on. */
export const SET_HEADER = 'x-object-meta-outrigger-set';

/** What an object is made of. */
export type Form =
  | { readonly kind: 'plain' }
  /** A static large object of ours; nobody else has its segments. */
  | { readonly kind: 'own'; readonly set: string }
  /** A static large object of somebody else. */
  | { readonly kind: 'static' }
  /** A dynamic large object, as Distribution's driver wrote them: all objects of a container below a prefix. */
  | { readonly kind: 'dynamic'; readonly container: string; readonly prefix: string };

export interface Description {
  readonly info: ObjectInfo;
  readonly form: Form;
}

/** Whether an object is there, and what it is: of all replicas the newest is asked. A listing is never trusted with that. */
export async function describe(
  store: Store,
  key: string,
  { signal }: SignalOption = {},
): Promise<Description | undefined> {
  const answer = await store.client.touch(newestOf(store, 'HEAD', key, { signal }));
  if (answer.status === 404) return undefined;
  const size = Number(answer.header('content-length') ?? NaN);
  if (!Number.isSafeInteger(size)) throw unexpected('Swift does not tell the size', key);
  const form = formOf(answer);
  await checkSegments(store, form, size, signal);
  return { info: toInfo(key, size, answer), form };
}

/** @param size - of the whole object */
export function toInfo(key: string, size: number, answer: HttpAnswer): ObjectInfo {
  return { key, size, modTime: modTimeOf(answer), version: versionOf(answer) };
}

/** Large content of ours has a set of its own. Its ETag is no use: what radosgw tells is not what it compares with. */
function versionOf(answer: HttpAnswer): string | undefined {
  const form = formOf(answer);
  return form.kind === 'own' ? form.set : answer.header('etag')?.replaceAll('"', '');
}

export function formOf(answer: HttpAnswer): Form {
  const manifest = answer.header('x-object-manifest');
  if (manifest !== undefined) {
    const [container = '', ...rest] = manifest.split('/').map(unescape);
    return { kind: 'dynamic', container, prefix: rest.join('/') };
  }
  if (answer.header('x-static-large-object')?.toLowerCase() !== 'true') return { kind: 'plain' };
  const set = answer.header(SET_HEADER);
  return set === undefined ? { kind: 'static' } : { kind: 'own', set };
}

/**
 * The size of a dynamic large object is what the listing of its segments says. While the listing does not know them, it seems to be
 * empty: the first segment, whose name Distribution's driver counts from 1, tells the difference.
 *
 * @throws RequestFailure the segments are not listed yet
 */
export async function checkSegments(
  { client, layout }: Store,
  form: Form,
  size: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (form.kind !== 'dynamic' || size > 0 || form.container !== layout.container) return;
  const first = layout.pathOf(`${form.prefix}/${'1'.padStart(16, '0')}`);
  const { status } = await client.touch({ method: 'HEAD', path: first, accept: [404], signal });
  if (status !== 404)
    throw new RequestFailure('the segments of the content are not listed yet', { isTransient: true });
}

/** With fractions of a second, where it is told: Last-Modified has none. */
function modTimeOf(answer: HttpAnswer): Date {
  const seconds = Number(answer.header('x-timestamp') ?? NaN);
  if (Number.isFinite(seconds)) return new Date(Math.floor(Math.round(seconds * 1e5) / 100));
  return new Date(answer.header('last-modified') ?? 0);
}

function unescape(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
