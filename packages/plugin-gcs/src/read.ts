import { versionChanged } from '@outrigger/driver';
import type { ObjectBody, ObjectInfo, ObjectReadRequest } from '@outrigger/object-store';
import type { Readable } from 'node:stream';
import type { Api } from './api.js';
import { toChunks } from './body.js';
import { unexpected } from './errors.js';
import { headObject } from './head.js';
import { isForeignUpload } from './resource.js';
import type { StoreAnswer } from './send.js';

/** Opens an object at an offset. Its headers tell what it is, so that one request does for all. */
export async function readObject(
  api: Api,
  key: string,
  request: ObjectReadRequest,
): Promise<ObjectBody | undefined> {
  if (request.length === 0) return openNothing(api, key, request);
  const answer = await openRange(api, key, request);
  if (answer === undefined) return undefined;
  if (answer.status === 416) return openNothing(api, key, request);
  const info = infoOf(key, answer);
  if (info !== undefined) return { info, body: toChunks(checkAnswer(key, answer, info, request), key) };
  // Not Google's own. An emulator may serve one request at a time, so the content has to wait.
  answer.body.destroy();
  const found = await headObject(api, key, request.signal);
  const again = found && (await openRange(api, key, { ...request, ifMatch: found.version }));
  if (found === undefined || again === undefined) return undefined;
  return { info: found, body: toChunks(checkAnswer(key, again, found, request), key) };
}

/** Undefined: no content is there. */
async function openRange(
  api: Api,
  key: string,
  { offset, length, ifMatch, signal }: ObjectReadRequest,
): Promise<StoreAnswer | undefined> {
  const answer = await api.open(key, {
    method: 'GET',
    path: api.objectPath(key),
    query: { alt: 'media', ifGenerationMatch: ifMatch },
    headers: rangeOf(offset, length),
    accept: [404, 412, 416],
    signal,
  });
  if (answer.status === 412) throw versionChanged(key);
  if (answer.status !== 404 && !isForeignUpload(answer.header('content-type'))) return answer;
  answer.body.destroy();
  return undefined;
}

function rangeOf(offset: number, length: number | undefined): Record<string, string> {
  if (offset === 0 && length === undefined) return {};
  const last = length === undefined ? '' : String(offset + length - 1);
  return { range: `bytes=${String(offset)}-${last}` };
}

/** The body, when it is of the version and from the offset that was asked for. */
function checkAnswer(
  key: string,
  { body, status }: StoreAnswer,
  { version }: ObjectInfo,
  { offset, ifMatch }: ObjectReadRequest,
): Readable {
  const isOther = ifMatch !== undefined && version !== ifMatch;
  if (!isOther && (status === 206 || offset === 0)) return body;
  body.destroy();
  throw isOther ? versionChanged(key) : unexpected('the store answers no range', key);
}

/** Undefined where some of the headers are missing: emulators have fewer. */
function infoOf(key: string, { status, header }: StoreAnswer): ObjectInfo | undefined {
  const inRange = /^bytes \d+-\d+\/(\d+)$/.exec(header('content-range') ?? '')?.[1];
  const size =
    status === 206 ? inRange : (header('content-length') ?? header('x-goog-stored-content-length'));
  const version = header('x-goog-generation');
  const modified = Date.parse(header('last-modified') ?? '');
  if (size === undefined || version === undefined || Number.isNaN(modified)) return undefined;
  return { key, size: Number(size), modTime: new Date(modified), version };
}

/** An object of which no byte is wanted, or none is there at the offset. */
async function openNothing(
  api: Api,
  key: string,
  { ifMatch, signal }: ObjectReadRequest,
): Promise<ObjectBody | undefined> {
  const info = await headObject(api, key, signal);
  if (info !== undefined && ifMatch !== undefined && info.version !== ifMatch) throw versionChanged(key);
  return info && { info, body: nothing() };
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // Not a byte.
}
