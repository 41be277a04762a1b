import type { RetryOptions } from '@outrigger/object-store';
import { unexpected, toGcsError } from './errors.js';
import { readText } from './read-text.js';
import { disconnection } from './request-failure.js';
import { retrying } from './retry.js';
import type { Send, StoreAnswer, StoreRequest } from './send.js';

/** The JSON API of a bucket. Everything that goes through here may be sent twice. */
export interface Api {
  /** `/storage/v1/b/<bucket>` and what is behind it. */
  readonly bucketPath: string;
  objectPath(key: string): string;
  /** For new content: `/upload/storage/v1/b/<bucket>/o`. */
  readonly uploadPath: string;

  /**
   * @param key - what it is about, for errors
   * @returns what the answer has as JSON, undefined where it has nothing
   * @throws StorageError
   */
  json(key: string, request: StoreRequest): Promise<JsonAnswer>;

  /** The same for content: resolves with the head of the answer. */
  open(key: string, request: StoreRequest): Promise<StoreAnswer>;
}

export interface JsonAnswer {
  readonly status: number;
  readonly value: unknown;
}

/** A page of 1,000 objects has about 200 KB. */
const LONGEST_JSON = 64 * 2 ** 20;

export function createApi(bucket: string, send: Send, retry: Pick<RetryOptions, 'sleep'> = {}): Api {
  const bucketPath = `/storage/v1/b/${encodeURIComponent(bucket)}`;
  const call = async <T>(
    key: string,
    request: StoreRequest,
    read: (answer: StoreAnswer) => T | Promise<T>,
  ) => {
    const { signal } = request;
    try {
      return await retrying(async () => read(await send(request)), { ...retry, signal });
    } catch (error) {
      throw toGcsError(error, key, signal);
    }
  };
  return {
    bucketPath,
    objectPath: (key) => `${bucketPath}/o/${encodeURIComponent(key)}`,
    uploadPath: `/upload${bucketPath}/o`,
    json: (key, request) =>
      call(key, request, async ({ status, body }) => {
        const text = await readText(body, LONGEST_JSON).catch((error: unknown) => {
          throw disconnection(error);
        });
        return { status, value: status < 300 ? parse(text, key) : undefined };
      }),
    open: (key, request) => call(key, request, (answer) => answer),
  };
}

function parse(text: string, key: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw unexpected('an answer of the store is no JSON', key);
  }
}
