import { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { StorageError, versionChanged } from '@outrigger/driver';
import type { ObjectBody, ObjectInfo, ObjectReadRequest } from '@outrigger/object-store';
import type { Bucket } from './bucket.js';
import { run, sendOptions } from './bucket.js';
import { toStoreError } from './errors.js';
import { readFault } from './fault.js';
import { headObject } from './head.js';
import { toInfo } from './object-info.js';

/** Undefined: nothing is there. */
export async function readObject(
  bucket: Bucket,
  key: string,
  request: ObjectReadRequest,
): Promise<ObjectBody | undefined> {
  if (request.length === 0) return readNothing(bucket, key, request);
  const opened = await open(bucket, key, request);
  if (opened === 'absent') return undefined;
  if (opened === 'behind') return readNothing(bucket, key, request);
  const { info, stream } = opened;
  return { info, body: bytesOf(stream, key, request.signal) };
}

interface Opened {
  readonly info: ObjectInfo;
  readonly stream: Readable;
}

/** `behind`: the offset is at the end or behind it. */
async function open(
  { client, name }: Bucket,
  key: string,
  { offset, length, ifMatch, signal }: ObjectReadRequest,
): Promise<Opened | 'absent' | 'behind'> {
  const last = length === undefined ? '' : String(offset + length - 1);
  const isWhole = offset === 0 && length === undefined;
  const command = new GetObjectCommand({
    Bucket: name,
    Key: key,
    ...(isWhole ? {} : { Range: `bytes=${String(offset)}-${last}` }),
    ...(ifMatch === undefined ? {} : { IfMatch: ifMatch }),
  });
  return run({ permission: 'GetObject', key, signal }, async () => {
    try {
      return toOpened(key, offset, await client.send(command, sendOptions(signal)));
    } catch (error) {
      const { status, code } = readFault(error);
      if (status === 412) throw changed(key);
      if (status === 416) return 'behind';
      if (code === 'NoSuchKey') return 'absent';
      throw error;
    }
  });
}

function toOpened(key: string, offset: number, answer: GetObjectCommandOutput): Opened {
  const { Body } = answer;
  if (!(Body instanceof Readable)) throw new TypeError('the SDK answered no stream');
  // Nobody may listen yet when it breaks, and who reads it later is told then.
  Body.on('error', () => undefined);
  // HTTP allows it to ignore the range that was asked for: the bytes would be those of another place.
  if (offset > 0 && answer.ContentRange?.startsWith(`bytes ${String(offset)}-`) !== true) {
    Body.destroy();
    throw new StorageError('UNAVAILABLE', 'the store answered other bytes than it was asked for', {
      retryable: false,
    });
  }
  return { info: toInfo(key, answer), stream: Body };
}

/** Whoever stops reading ends the request, and so does the signal, of which the SDK takes no notice by now. */
async function* bytesOf(
  stream: Readable,
  key: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const abort = () => {
    stream.destroy(new Error('aborted'));
  };
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    for await (const chunk of stream) if (chunk instanceof Uint8Array) yield chunk;
  } catch (error) {
    throw toStoreError(error, { permission: 'GetObject', key, signal });
  } finally {
    signal?.removeEventListener('abort', abort);
    stream.destroy();
  }
}

async function readNothing(
  bucket: Bucket,
  key: string,
  { ifMatch, signal }: ObjectReadRequest,
): Promise<ObjectBody | undefined> {
  const info = await headObject(bucket, key, { signal });
  if (info === undefined) return undefined;
  if (ifMatch !== undefined && ifMatch !== info.version) throw changed(key);
  return { info, body: Readable.from([]) };
}

/** Its path is for the caller to say. */
function changed(key: string): StorageError {
  return versionChanged(key).with({ path: undefined });
}
