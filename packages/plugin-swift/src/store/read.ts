import { versionChanged } from '@outrigger/driver';
import type { ObjectBody, ObjectReadRequest } from '@outrigger/object-store';
import { unexpected } from '../errors.js';
import type { HttpAnswer } from '../http/exchange.js';
import type { Store } from './context.js';
import { checkSegments, describe, formOf, toInfo } from './describe.js';

/** Opens an object. A body that breaks throws what the connection throws. */
export async function read(
  store: Store,
  key: string,
  request: ObjectReadRequest,
): Promise<ObjectBody | undefined> {
  const { offset, ifMatch, signal } = request;
  const range = rangeOf(request);
  const answer = await store.client.send({
    method: 'GET',
    path: store.layout.pathOf(key),
    headers: {
      ...(range === undefined ? {} : { range }),
      ...(isEtag(ifMatch) ? { 'if-match': `"${ifMatch}"` } : {}),
    },
    accept: [404, 412, 416],
    signal,
  });
  if (answer.status === 200 || answer.status === 206) {
    try {
      const size = sizeOf(answer, offset, key);
      await checkSegments(store, formOf(answer), size, signal);
      const info = toInfo(key, size, answer);
      if (ifMatch !== undefined && info.version !== ifMatch) throw versionChanged(key);
      return { info, body: answer.body };
    } catch (error) {
      // A body that nobody reads would hold its connection for good.
      await answer.discard().catch(() => undefined);
      throw error;
    }
  }
  await answer.discard();
  if (answer.status === 404) return undefined;
  if (answer.status === 412) throw versionChanged(key);
  // Nothing is at the offset.
  const description = await describe(store, key, request);
  if (description === undefined) return undefined;
  if (ifMatch !== undefined && description.info.version !== ifMatch) throw versionChanged(key);
  return { info: description.info, body: noBytes() };
}

/** Another version is the name of a set of segments, see `toInfo`. */
function isEtag(version: string | undefined): version is string {
  return version !== undefined && /^[0-9a-f]{32}$/.test(version);
}

function rangeOf({ offset, length }: ObjectReadRequest): string | undefined {
  if (offset === 0 && length === undefined) return undefined;
  const last = length === undefined ? '' : String(offset + Math.max(length, 1) - 1);
  return `bytes=${String(offset)}-${last}`;
}

/** Of the whole object. */
function sizeOf(answer: HttpAnswer, offset: number, key: string): number {
  if (answer.status === 200) {
    const size = Number(answer.header('content-length') ?? NaN);
    if (offset > 0 || !Number.isSafeInteger(size))
      throw unexpected('Swift answers other bytes than asked for', key);
    return size;
  }
  const [, first, size] = /^bytes (\d+)-\d+\/(\d+)$/.exec(answer.header('content-range') ?? '') ?? [];
  if (Number(first) !== offset || size === undefined)
    throw unexpected('Swift answers other bytes than asked for', key);
  return Number(size);
}

async function* noBytes(): AsyncGenerator<Uint8Array> {
  // Nothing.
}
