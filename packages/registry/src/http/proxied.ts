import type { BlobFetch } from '../proxy/blob-fetch.js';
import type { Proxy } from '../proxy/proxy.js';
import type { Reference } from '../proxy/manifests.js';
import { isTemporary, isUpstreamError } from '../proxy/upstream-error.js';
import { OCI_INDEX } from '../manifests/media-types.js';
import type { Digest } from '../reference/digest.js';
import { RegistryError } from '../registry-error.js';
import type { Call } from './call.js';
import { HttpError } from './errors.js';
import { linkNext } from './paging.js';
import type { ByteRange } from './range.js';
import type { parseRange } from './range.js';
import { resolveRange } from './range.js';
import { isWanted, reportBlob } from './report.js';

/*
 * What is different when the registry is a proxy. Without one nothing of this runs.
 */

/** distribution-spec, "Warnings": clients show it to their users. */
const STALE = '299 - "the upstream cannot be asked: this may be out of date"';

/** Sees to it that the store has what the upstream has. */
export async function bringManifest(
  call: Call,
  proxy: Proxy,
  name: string,
  reference: Reference,
): Promise<void> {
  honourNamespace(call, proxy);
  if ((await proxy.manifests.bring(name, reference)) === 'stale') call.ctx.set('Warning', STALE);
}

/** What containerd says of the registry that it means; told back when it is the upstream. */
export function honourNamespace({ ctx, query }: Call, proxy: Proxy): void {
  const namespace = query.get('ns');
  if (namespace !== null && proxy.isNamespace(namespace)) ctx.set('OCI-Namespace', namespace);
}

/**
 * The fetch of a blob; undefined when the store has it.
 *
 * @throws RegistryError BLOB_UNKNOWN; UpstreamError
 */
export async function openFetch(
  call: Call,
  proxy: Proxy,
  { name, digest }: { readonly name: string; readonly digest: Digest },
  range: ReturnType<typeof parseRange>,
): Promise<BlobFetch | undefined> {
  honourNamespace(call, proxy);
  const fetch = await proxy.blobs.open(name, digest, call.signal);
  if (fetch === undefined || range === undefined || (fetch.size !== undefined && range !== 'unsatisfiable'))
    return fetch;
  // A range of who knows what.
  await fetch.stored;
  return undefined;
}

/** Sends a blob while it is fetched. What goes wrong before the first byte is an answer, and afterwards a broken connection. */
export async function sendFetched(
  call: Call,
  fetch: BlobFetch,
  blob: { readonly name: string; readonly digest: Digest },
  range: ByteRange | undefined,
): Promise<void> {
  const { ctx, res, signal } = call;
  const { size } = fetch;
  const part = range === undefined || size === undefined ? undefined : resolveRange(range, size);
  if (range !== undefined && size !== undefined && part === undefined)
    throw new HttpError(416, 'SIZE_INVALID', `the range is not within the ${size} bytes of the blob`, {
      'Content-Range': `bytes */${size}`,
    });
  const start = part?.offset ?? 0;
  const end = part === undefined ? size : part.offset + part.length;
  ctx.status = part === undefined ? 200 : 206;
  if (end !== undefined) ctx.length = end - start;
  if (part !== undefined && size !== undefined)
    ctx.set('Content-Range', `bytes ${start}-${start + part.length - 1}/${size}`);
  // Who comes late has to wait for the store, and should know that there is something to wait for.
  if (fetch.hasBegun) res.flushHeaders();
  for await (const piece of fetch.read(start, end, signal)) {
    ctx.respond = false;
    if (!res.destroyed && !res.write(piece)) await drained(call);
  }
  ctx.respond = false;
  if (res.destroyed || signal.aborted) return;
  res.end();
  if (isWanted(call, 'pull'))
    await reportBlob(call, 'pull', { ...blob, ...(size === undefined ? {} : { size }) });
}

async function drained({ res }: Call): Promise<void> {
  if (res.destroyed) return;
  await new Promise<void>((resolve) => {
    const go = (): void => {
      res.off('drain', go).off('close', go);
      resolve();
    };
    res.once('drain', go).once('close', go);
  });
}

/** @returns false when the list is to be the store's, since the upstream cannot be asked */
export async function sendUpstreamTags(call: Call, proxy: Proxy, name: string): Promise<boolean> {
  const { ctx, query } = call;
  const page = await fromUpstream(call, () => proxy.lists.tags(name, query));
  if (page === undefined) return false;
  if (page === 'unknown') throw nameUnknown(name);
  if (page.next !== undefined)
    linkNext(call, `${name}/tags/list`, Object.fromEntries(new URLSearchParams(page.next)));
  ctx.body = { name, tags: page.items };
  return true;
}

/** @returns false when the list is to be the store's, since the upstream cannot be asked, or has none */
export async function sendUpstreamReferrers(
  call: Call,
  proxy: Proxy,
  name: string,
  subject: Digest,
): Promise<boolean> {
  const { ctx, query } = call;
  const page = await fromUpstream(call, () => proxy.lists.referrers(name, subject, query));
  if (page === undefined || page === 'unknown') return false;
  const artifactType = query.get('artifactType');
  const wanted = page.items.filter((each) => artifactType === null || each.artifactType === artifactType);
  if (artifactType !== null) ctx.set('OCI-Filters-Applied', 'artifactType');
  if (page.next !== undefined)
    linkNext(call, `${name}/referrers/${subject.text}`, Object.fromEntries(new URLSearchParams(page.next)));
  ctx.set('Content-Type', OCI_INDEX);
  ctx.body = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: wanted });
  return true;
}

async function fromUpstream<T>(call: Call, ask: () => Promise<T>): Promise<T | 'unknown' | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isUpstreamError(error, 'UNKNOWN')) return 'unknown';
    if (!isTemporary(error)) throw error;
    call.ctx.set('Warning', STALE);
    return undefined;
  }
}

function nameUnknown(name: string): RegistryError {
  return new RegistryError('NAME_UNKNOWN', 'repository name not known to the upstream', { name });
}
