import { statBlob, unlinkBlob } from '../blobs/blob-links.js';
import type { OpenBlob } from '../blobs/open-blob.js';
import { openBlob } from '../blobs/open-blob.js';
import { acknowledgeFound } from '../gc/acknowledge.js';
import type { Proxy } from '../proxy/proxy.js';
import type { Digest } from '../reference/digest.js';
import { parseDigest } from '../reference/digest.js';
import type { Call } from './call.js';
import { clientHost } from './client-address.js';
import { isFresh } from './conditional.js';
import { setEmpty } from './empty.js';
import { HttpError } from './errors.js';
import { requestOrigin } from './location.js';
import { checkDeleteEnabled } from './permissions.js';
import { honourNamespace, openFetch, sendFetched } from './proxied.js';
import type { ByteRange } from './range.js';
import { parseRange, resolveRange } from './range.js';
import { isAllowedRedirect } from './redirect-hosts.js';
import { isWanted, reportBlob, reportDelete } from './report.js';
import { sendContent } from './send-content.js';

interface BlobRoute {
  readonly name: string;
  readonly digest: string;
}

/** end-2, HEAD. */
export async function headBlob(call: Call, route: BlobRoute): Promise<void> {
  const { ctx, service, signal } = call;
  const digest = parseDigest(route.digest);
  if (service.proxy !== undefined) return headProxied(call, service.proxy, route.name, digest);
  const look = () => statBlob(service.store, route.name, digest, { signal });
  const { gate } = service.store;
  const { target, size } = await (gate === undefined
    ? look()
    : acknowledgeFound(gate, look, (found) =>
        [digest, found.target].map((each) => service.store.layout.contentKey(route.name, each)),
      ));
  setHead(call, digest);
  if (isFresh(call, digest.text)) {
    ctx.status = 304;
    return;
  }
  if (!(await redirect(call, route.name, target))) {
    ctx.status = 200;
    ctx.length = size;
  }
  if (isWanted(call, 'pull')) await reportBlob(call, 'pull', { name: route.name, digest, size });
}

/** end-2, GET, with one range of bytes or without. */
export async function getBlob(call: Call, route: BlobRoute): Promise<void> {
  const { ctx, req, service, signal } = call;
  const digest = parseDigest(route.digest);
  const range = usableRange(call, digest);
  if (service.proxy !== undefined) {
    const fetch = await openFetch(call, service.proxy, { name: route.name, digest }, range);
    if (fetch !== undefined && range !== 'unsatisfiable') {
      setHead(call, digest);
      isFresh(call, digest.text);
      return sendFetched(call, fetch, { name: route.name, digest }, range);
    }
  }
  if (range === 'unsatisfiable')
    throw unsatisfiable((await statBlob(service.store, route.name, digest)).size);
  if (canRedirect(call) || req.headers['if-none-match'] !== undefined) {
    const { target, size } = await statBlob(service.store, route.name, digest, { signal });
    if (isFresh(call, digest.text)) {
      setHead(call, digest);
      ctx.status = 304;
      return;
    }
    if (await redirect(call, route.name, target))
      return reportBlob(call, 'pull', { name: route.name, digest, size });
  }
  await sendBlob(call, route.name, digest, range);
}

/** Of a blob that is only asked for, nothing is fetched. */
async function headProxied(call: Call, proxy: Proxy, name: string, digest: Digest): Promise<void> {
  const { ctx, signal } = call;
  honourNamespace(call, proxy);
  const size = await proxy.blobs.size(name, digest, signal);
  setHead(call, digest);
  ctx.status = isFresh(call, digest.text) ? 304 : 200;
  if (ctx.status === 200 && size !== undefined) ctx.length = size;
  if (isWanted(call, 'pull'))
    await reportBlob(call, 'pull', { name, digest, ...(size !== undefined && { size }) });
}

/** end-10. */
export async function deleteBlob(call: Call, route: BlobRoute): Promise<void> {
  const digest = parseDigest(route.digest);
  checkDeleteEnabled(call);
  await unlinkBlob(call.service.store, route.name, digest);
  reportDelete(call, route.name, { digest });
  setEmpty(call, 202);
}

async function sendBlob(
  call: Call,
  name: string,
  digest: Digest,
  range: ByteRange | undefined,
): Promise<void> {
  const { service, signal } = call;
  const { store } = service;
  const wanted = await readerRange(call, name, digest, range);
  const blob = await openBlob(store, name, digest, { ...wanted, signal });
  try {
    const part = range === undefined ? { offset: 0, length: blob.size } : resolveRange(range, blob.size);
    if (part === undefined) throw unsatisfiable(blob.size);
    setHead(call, digest);
    isFresh(call, digest.text);
    setPart(call, part, range === undefined ? undefined : blob.size);
    await sendPart(call, blob, part);
    if (isWanted(call, 'pull')) await reportBlob(call, 'pull', { name, digest, size: blob.size });
  } finally {
    if ('reader' in blob) await blob.reader.close();
  }
}

/** What to ask of the driver. The last bytes have a position only when the size is known. */
async function readerRange(
  { service, signal }: Call,
  name: string,
  digest: Digest,
  range: ByteRange | undefined,
): Promise<{ offset?: number; length?: number }> {
  if (range === undefined) return {};
  if ('first' in range) {
    return {
      offset: range.first,
      ...(range.last === undefined ? {} : { length: range.last - range.first + 1 }),
    };
  }
  const { size } = await statBlob(service.store, name, digest, { signal });
  return resolveRange(range, size) ?? {};
}

function setHead({ ctx }: Call, digest: Digest): void {
  ctx.set('Docker-Content-Digest', digest.text);
  ctx.set('Content-Type', 'application/octet-stream');
  ctx.set('Accept-Ranges', 'bytes');
  // What a digest names never changes: one year, as Distribution.
  ctx.set('Cache-Control', 'max-age=31536000');
}

interface Part {
  readonly offset: number;
  readonly length: number;
}

/** @param whole - the size of the blob, when the answer is a range of it */
function setPart({ ctx }: Call, { offset, length }: Part, whole?: number): void {
  ctx.status = whole === undefined ? 200 : 206;
  ctx.length = length;
  if (whole !== undefined) ctx.set('Content-Range', `bytes ${offset}-${offset + length - 1}/${whole}`);
}

async function sendPart(
  { ctx, res, service }: Call,
  blob: OpenBlob,
  { offset, length }: Part,
): Promise<void> {
  ctx.respond = false;
  if ('content' in blob) res.end(blob.content.subarray(offset, offset + length));
  else await sendContent(res, blob.reader, length, service.store.buffers);
}

/** A range of something that has changed since is not wanted (RFC 9110, 13.1.5). */
function usableRange({ req }: Call, digest: Digest): ReturnType<typeof parseRange> {
  const condition = req.headers['if-range'];
  const applies = condition === undefined || condition === `"${digest.text}"`;
  return applies ? parseRange(req.headers.range) : undefined;
}

function unsatisfiable(size: number): HttpError {
  return new HttpError(416, 'SIZE_INVALID', `the range is not within the ${size} bytes of the blob`, {
    'Content-Range': `bytes */${size}`,
  });
}

function canRedirect({ service }: Call): boolean {
  const { redirect: isOn, redirectHosts } = service.settings;
  return isOn && redirectHosts?.length !== 0 && service.store.driver.capabilities.redirectURL === true;
}

/** Sends the client to the storage, where the driver says that it can go there. */
async function redirect(call: Call, name: string, target: Digest): Promise<boolean> {
  if (!canRedirect(call)) return false;
  const { req, service, signal } = call;
  const origin = requestOrigin(req.headers, 'encrypted' in req.socket);
  const found = await service.store.driver.redirectURL?.(service.store.layout.contentPath(name, target), {
    method: req.method ?? 'GET',
    ...(origin === undefined ? {} : splitOrigin(origin)),
    clientIp: clientHost(req),
    signal,
  });
  if (found === undefined || found === null) return false;
  if (!isAllowedRedirect(found.url, service.settings.redirectHosts)) {
    // The URL may carry a signature, which is as good as a password.
    service.store.log.warn({ digest: target.text }, 'the driver redirects to a host that is not allowed');
    return false;
  }
  setEmpty(call, 307);
  call.ctx.set('Location', found.url);
  return true;
}

function splitOrigin(origin: string): { scheme: string; host: string } {
  const [scheme = '', host = ''] = origin.split('://', 2);
  return { scheme, host };
}
