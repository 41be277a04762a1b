import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { statContent } from '../blobs/blob-content.js';
import type { EventAction, EventRequest, EventTarget } from '../events/registry-event.js';
import type { Digest } from '../reference/digest.js';
import type { Call } from './call.js';
import { clientAddress } from './client-address.js';
import { locate } from './location.js';
import { requestId } from './request-id.js';

/** Whether somebody wants to know of an action; ask first, since most of the time nobody does. */
export function isWanted({ service }: Call, action: EventAction): boolean {
  return service.events?.wants(action) ?? false;
}

/** Tells of a manifest that was pushed or pulled. */
export function reportManifest(
  call: Call,
  action: 'push' | 'pull',
  manifest: { name: string; digest: Digest; mediaType: string; content: Buffer; tag: string | undefined },
): void {
  const { name, digest, mediaType, content, tag } = manifest;
  const url = locate(call, `${name}/manifests/${digest.text}`);
  const size = content.length;
  report(call, action, { repository: name, mediaType, digest: digest.text, size, url, tag, content });
}

/** Tells of a blob that was pulled, or is there now. */
export async function reportBlob(
  call: Call,
  action: 'push' | 'pull' | 'mount',
  blob: { name: string; digest: Digest; size?: number; from?: string | undefined },
): Promise<void> {
  if (!isWanted(call, action)) return;
  const { name, digest, from } = blob;
  report(call, action, {
    repository: name,
    mediaType: 'application/octet-stream',
    digest: digest.text,
    size: blob.size ?? (await knownSize(call, name, digest)),
    url: locate(call, `${name}/blobs/${digest.text}`),
    fromRepository: from,
  });
}

/** Tells that a repository has a blob, a manifest or a tag no more. */
export function reportDelete(
  call: Call,
  repository: string,
  what: { digest: Digest } | { tag: string },
): void {
  if (!isWanted(call, 'delete')) return;
  report(call, 'delete', { repository, ...('tag' in what ? what : { digest: what.digest.text }) });
}

function report(call: Call, action: EventAction, target: EventTarget): void {
  call.service.events?.emit({
    id: randomUUID(),
    timestamp: new Date(),
    action,
    target,
    request: describeRequest(call),
    actor: { name: call.identity.user },
  });
}

/** What was just written is remembered; a size that cannot be had keeps no event back. */
async function knownSize(
  { service: { store } }: Call,
  name: string,
  digest: Digest,
): Promise<number | undefined> {
  return store.cache.size(digest) ?? (await statContent(store, name, digest).catch(() => undefined));
}

const requests = new WeakMap<IncomingMessage, EventRequest>();

function describeRequest({ req }: Call): EventRequest {
  const known = requests.get(req);
  if (known !== undefined) return known;
  const request: EventRequest = {
    id: requestId(req),
    addr: clientAddress(req),
    host: req.headers.host ?? '',
    method: req.method ?? '',
    useragent: req.headers['user-agent'] ?? '',
  };
  requests.set(req, request);
  return request;
}
