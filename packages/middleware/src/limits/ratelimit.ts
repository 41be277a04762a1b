import type { CallOptions, ContentReader, FileWriter, StorageDriver } from '@outrigger/driver';
import { InvalidParametersError, alreadyClosed, commitTo } from '@outrigger/driver';
import { z } from 'zod';
import type { DriverMiddleware } from '../driver-middleware.js';
import { forward, withoutShortcuts } from '../forward.js';
import { bytes, parseOptions, toBytes, toSchema } from '../parse-options.js';
import type { TokenBucket } from './token-bucket.js';
import { createTokenBucket } from './token-bucket.js';

const rate = bytes.optional();
const calls = z.number().positive().optional();

const schema = z.strictObject({
  readbytes: rate.meta({ description: 'Bytes of content a second that are read, as 100MiB or in bytes.' }),
  writebytes: rate.meta({ description: 'Bytes of content a second that are written.' }),
  readcalls: calls.meta({ description: 'Calls a second that change nothing.' }),
  writecalls: calls.meta({ description: 'Calls a second that change something.' }),
});

/** `ratelimit`: no more than so many bytes and calls a second reach the driver. Who is over it waits for its turn. */
export const ratelimit: DriverMiddleware = {
  name: 'ratelimit',
  version: '0.1.0',
  options: toSchema(schema),
  capabilities: withoutShortcuts,
  wrap: async (inner, options) => createLimitedDriver(inner, parseLimits(options)),
};

interface Limits {
  readonly readBytes: TokenBucket | undefined;
  readonly writeBytes: TokenBucket | undefined;
  readonly readCalls: TokenBucket | undefined;
  readonly writeCalls: TokenBucket | undefined;
}

function parseLimits(options: Readonly<Record<string, unknown>>): Limits {
  const { readbytes, writebytes, readcalls, writecalls } = parseOptions('ratelimit', schema, options);
  const bucket = (key: string, size: string | number | undefined) => {
    if (size === undefined) return undefined;
    const perSecond = toBytes(size);
    if (perSecond > 0) return createTokenBucket(perSecond);
    throw new InvalidParametersError('ratelimit', [{ key, message: 'must be more than nothing' }]);
  };
  return {
    readBytes: bucket('readbytes', readbytes),
    writeBytes: bucket('writebytes', writebytes),
    readCalls: readcalls === undefined ? undefined : createTokenBucket(readcalls, Math.max(1, readcalls)),
    writeCalls: writecalls === undefined ? undefined : createTokenBucket(writecalls, Math.max(1, writecalls)),
  };
}

/** The most that is read or written in a turn: many streams share the rate evenly. */
const TURN = 64 * 1024;

function createLimitedDriver(inner: StorageDriver, limits: Limits): StorageDriver {
  const { readCalls, writeCalls } = limits;
  const call = async (bucket: TokenBucket | undefined, path: string, options: CallOptions | undefined) => {
    await bucket?.take(1, path, options?.signal);
  };
  const reading = (path: string, options?: CallOptions) => call(readCalls, path, options);
  const writing = (path: string, options?: CallOptions) => call(writeCalls, path, options);
  const own: Partial<StorageDriver> = {
    stat: async (path, options) => (await reading(path, options), inner.stat(path, options)),
    list: async (path, options) => (await reading(path, options), inner.list(path, options)),
    async walk(path, options) {
      await reading(path, options);
      return (await inner.walk?.(path, options)) ?? { entries: [], done: true };
    },
    async get(path, options) {
      await reading(path, options);
      await limits.readBytes?.take(0, path, options?.signal);
      const content = await inner.get(path, options);
      limits.readBytes?.settle(content.length);
      return content;
    },
    async put(path, content, options) {
      await writing(path, options);
      await limits.writeBytes?.take(content.length, path, options?.signal);
      await inner.put(path, content, options);
    },
    async reader(path, options) {
      await reading(path, options);
      const reader = await inner.reader(path, options);
      const { readBytes } = limits;
      return readBytes === undefined ? reader : limitReader(reader, readBytes, path, options?.signal);
    },
    async writer(path, options) {
      await writing(path, options);
      const writer = await inner.writer(path, options);
      return limits.writeBytes === undefined ? writer : limitWriter(writer, limits.writeBytes, path);
    },
    move: async (from, to, options) => (await writing(from, options), inner.move(from, to, options)),
    delete: async (path, options) => (await writing(path, options), inner.delete(path, options)),
    async copy(source, destination, options) {
      await writing(source, options);
      await inner.copy?.(source, destination, options);
    },
  };
  return forward(inner, own, withoutShortcuts);
}

function limitReader(
  inner: ContentReader,
  bucket: TokenBucket,
  path: string,
  signal: AbortSignal | undefined,
): ContentReader {
  const { size, modTime, version } = inner;
  const closed = new AbortController();
  const gone = signal === undefined ? closed.signal : AbortSignal.any([closed.signal, signal]);
  return {
    size,
    modTime,
    ...(version === undefined ? {} : { version }),
    async read(into) {
      const wanted = Math.min(into.length, TURN);
      try {
        await bucket.take(wanted, path, gone);
      } catch (error) {
        throw closed.signal.aborted ? alreadyClosed(path, 'closed') : error;
      }
      const count = await inner.read(into.subarray(0, wanted));
      bucket.settle(count - wanted);
      return count;
    },
    close() {
      closed.abort();
      return inner.close();
    },
  };
}

/** What others write to the file behind the writer would not be counted: it is not offered. */
function limitWriter(inner: FileWriter, bucket: TokenBucket, path: string): FileWriter {
  return {
    get size() {
      return inner.size;
    },
    async write(chunk) {
      for (let at = 0; at < chunk.length || at === 0; at += TURN) {
        const piece = chunk.subarray(at, at + TURN);
        await bucket.take(piece.length, path);
        await inner.write(piece);
      }
    },
    commit: () => inner.commit(),
    commitTo: (to) => commitTo(inner, to, path),
    close: () => inner.close(),
    cancel: () => inner.cancel(),
  };
}
