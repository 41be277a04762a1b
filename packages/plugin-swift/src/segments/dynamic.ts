import type { SignalOption } from '@outrigger/object-store';
import type { Store } from '../store/context.js';
import { type Form, describe } from '../store/describe.js';
import { type ListedObject, fetchListing } from '../store/list.js';

type Dynamic = Extract<Form, { kind: 'dynamic' }>;

/** The segments of a dynamic large object, in their order. */
export async function dynamicSegments(
  store: Store,
  { container, prefix }: Dynamic,
  { signal }: SignalOption = {},
): Promise<readonly ListedObject[]> {
  const found: ListedObject[] = [];
  const containerPath = `/${encodeURIComponent(container)}`;
  let startAfter: string | undefined;
  do {
    const request = { prefix, isShallow: false, startAfter, limit: 1000, signal, containerPath };
    const page = await fetchListing(store, request);
    found.push(...page.objects);
    startAfter = page.next;
  } while (startAfter !== undefined);
  return found;
}

/**
 * Whether nothing else stands on the segments of a dynamic large object at `key`, as far as it can be known. Distribution's driver moved
 * one by a second manifest, and if it was cut off both are left. The name of its segments has the path of the first one in it: that
 * is the only other place. Who deletes at that place itself does not know where the content went, so the segments stay.
 */
export async function isLastReference(
  store: Store,
  key: string,
  form: Dynamic,
  options: SignalOption = {},
): Promise<boolean> {
  const origin = originOf(store, form);
  if (origin === undefined || origin === key) return false;
  const other = (await describe(store, origin, options))?.form;
  return other?.kind !== 'dynamic' || other.container !== form.container || other.prefix !== form.prefix;
}

/** `segments/<3 digits>/<more digits>`: in hex the path, 32 random bytes, and the SHA-1 of nothing. */
function originOf({ layout }: Store, { container, prefix }: Dynamic): string | undefined {
  const root = layout.files.replace(/files\/$/, 'segments/');
  if (container !== layout.container || !prefix.startsWith(root)) return undefined;
  const bytes = Buffer.from(prefix.slice(root.length).replace('/', ''), 'hex');
  const path = bytes.subarray(0, -(RANDOM + SHA1)).toString('utf8');
  return path.startsWith('/') && path.length > 1 ? layout.files + path.slice(1) : undefined;
}

const RANDOM = 32;
const SHA1 = 20;
