import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { MIB } from '../../../harness/scale.js';
import type { SparseStore, Stored } from './store.js';
import { KEPT_BYTES, Refusal } from './store.js';
import { completeRequest, deleteRequest, element, listing, uploads } from './xml.js';

interface Asked {
  readonly key: string;
  readonly query: URLSearchParams;
}

/** Does what a request to S3 asks, or refuses it in the words of S3. */
export async function answerRequest(
  store: SparseStore,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const { pathname, searchParams: query } = new URL(req.url ?? '/', 'http://s3');
  const asked = { key: decodeURIComponent(pathname.replace(/^\/[^/]*\/?/, '')), query };
  try {
    await METHODS[req.method ?? '']?.(store, asked, req, res);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    req.resume();
    const body = element('Error', element('Code', error.code) + element('Message', 'refused'));
    res.writeHead(error.status, { 'content-type': 'application/xml' }).end(req.method === 'HEAD' ? '' : body);
  }
}

type Act = (store: SparseStore, asked: Asked, req: IncomingMessage, res: ServerResponse) => Promise<void>;

const METHODS: Readonly<Record<string, Act>> = { HEAD: get, GET: get, PUT: put, POST: post, DELETE: remove };

async function get(store: SparseStore, { key, query }: Asked, req: IncomingMessage, res: ServerResponse) {
  if (key === '') return list(store, query, res);
  const object = store.find(key);
  const { 'if-match': wanted, range } = req.headers;
  if (wanted !== undefined && wanted !== object.etag) throw new Refusal(412, 'PreconditionFailed');
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
  const start = Number(first ?? 0);
  const end = Math.min(last === undefined || last === '' ? Infinity : Number(last) + 1, object.size);
  if (first !== undefined && start >= object.size) throw new Refusal(416, 'InvalidRange');
  res.writeHead(first === undefined ? 200 : 206, {
    etag: object.etag,
    'last-modified': object.modified.toUTCString(),
    'content-length': end - start,
    ...(first === undefined ? {} : { 'content-range': `bytes ${start}-${end - 1}/${object.size}` }),
  });
  if (req.method === 'HEAD') res.end();
  else await pipeline(Readable.from(pieces(object, start, end)), res);
}

function* pieces({ bytes }: Stored, start: number, end: number): Generator<Buffer> {
  if (bytes !== undefined) yield bytes.subarray(start, end);
  else for (let at = start; at < end; at += MIB) yield Buffer.alloc(Math.min(MIB, end - at));
}

async function list(store: SparseStore, query: URLSearchParams, res: ServerResponse) {
  if (query.has('uploads')) {
    res.end(uploads([...store.multiparts].map(([id, { key }]) => ({ id, key }))));
    return;
  }
  const found = store.list(query.get('prefix') ?? '', {
    after: query.get('continuation-token') ?? query.get('start-after') ?? '',
    delimiter: query.get('delimiter') ?? '',
    limit: Number(query.get('max-keys') ?? 1000),
  });
  res.end(listing(found));
}

async function put(store: SparseStore, { key, query }: Asked, req: IncomingMessage, res: ServerResponse) {
  const source = req.headers['x-amz-copy-source'];
  const id = query.get('uploadId');
  const number = Number(query.get('partNumber'));
  if (typeof source === 'string') {
    const from = decodeURIComponent(source).replace(/^\/?[^/]*\//, '');
    const made = id === null ? store.copy(from, key) : store.putPart(id, number, copied(store, from, req));
    res.end(element(id === null ? 'CopyObjectResult' : 'CopyPartResult', element('ETag', made.etag)));
    return;
  }
  const { size, bytes } = await receive(req);
  const made = id === null ? store.put(key, size, bytes) : store.putPart(id, number, size, bytes);
  res.writeHead(200, { etag: made.etag }).end();
}

/** Bytes of a part that is a range of an object. Such a part is taken to be of zeros. */
function copied(store: SparseStore, source: string, { headers }: IncomingMessage): number {
  const { size } = store.find(source);
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(String(headers['x-amz-copy-source-range'])) ?? [];
  if (first === undefined || Number(last) >= size) throw new Refusal(416, 'InvalidRange');
  return Number(last) - Number(first) + 1;
}

async function post(store: SparseStore, { key, query }: Asked, req: IncomingMessage, res: ServerResponse) {
  const id = query.get('uploadId');
  const body = await text(req);
  if (query.has('delete')) {
    for (const each of deleteRequest(body)) store.objects.delete(each);
    res.end(element('DeleteResult', ''));
  } else if (id === null) {
    res.end(
      element('InitiateMultipartUploadResult', element('Key', key) + element('UploadId', store.begin(key))),
    );
  } else {
    const { etag } = store.complete(id, completeRequest(body));
    res.end(element('CompleteMultipartUploadResult', element('Key', key) + element('ETag', etag)));
  }
}

async function remove(store: SparseStore, { key, query }: Asked, _: IncomingMessage, res: ServerResponse) {
  const id = query.get('uploadId');
  if (id === null) store.objects.delete(key);
  else store.abort(id);
  res.writeHead(204).end();
}

/** A body; what is large is counted and dropped. */
async function receive(req: IncomingMessage): Promise<{ size: number; bytes: Buffer | undefined }> {
  if (String(req.headers['content-encoding']).includes('aws-chunked'))
    throw new Refusal(501, 'NotImplemented');
  const kept: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= KEPT_BYTES) kept.push(chunk);
  }
  return { size, bytes: size <= KEPT_BYTES ? Buffer.concat(kept) : undefined };
}
