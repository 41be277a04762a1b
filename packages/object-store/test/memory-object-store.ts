import { compareNames, throwIfAborted, versionChanged } from '@outrigger/driver';
import type {
  Multipart,
  MultipartStore,
  ObjectBody,
  ObjectInfo,
  ObjectListRequest,
  ObjectPage,
  ObjectStore,
  Part,
} from '../src/index.js';

/** What several stores share: as two processes on one bucket. */
export interface Bucket {
  readonly objects: Map<string, { readonly info: ObjectInfo; readonly content: Uint8Array }>;
  readonly uploads: Map<string, Upload>;
  /** Names of the requests that were made, and their keys or prefixes. */
  readonly requests: string[];
  /** Of the store: what it gives to objects and uploads. */
  now(): Date;
}

interface Upload extends Multipart {
  readonly begun: Date;
  readonly parts: Map<number, { readonly tag: string; readonly content: Uint8Array }>;
}

export interface MemoryStoreOptions {
  readonly partSize?: number;
  readonly concurrency?: number;
  /** Whether an object can become a part without a move of its bytes. Default: false. */
  readonly canCopyParts?: boolean;
  /** Entries of a page at the most, whatever is asked for. */
  readonly pageSize?: number;
  /** Runs at the beginning of every request, with its signal: to fail it, or to hold it up. */
  readonly before?: (request: string, signal: AbortSignal | undefined) => Promise<void> | void;
  /** Runs when a change was made, before its answer: to lose that. */
  readonly after?: (request: string) => void;
  /** Makes another body of one: to break it. */
  readonly body?: (content: Uint8Array, offset: number, signal?: AbortSignal) => AsyncIterable<Uint8Array>;
}

export function createBucket(now = () => new Date()): Bucket {
  return { objects: new Map(), uploads: new Map(), requests: [], now };
}

let count = 0;

/** As S3 is: keys in byte order, uploads in parts by number and tag. */
export function createMemoryStore(bucket: Bucket, options: MemoryStoreOptions = {}): ObjectStore {
  const { partSize = 100_000, concurrency = 3, pageSize = 1000, body = chunksOf } = options;
  const { objects, uploads, requests } = bucket;
  const request = async (name: string, what: string, signal: AbortSignal | undefined): Promise<void> => {
    throwIfAborted(signal, what);
    requests.push(`${name} ${what}`);
    await options.before?.(`${name} ${what}`, signal);
    throwIfAborted(signal, what);
  };
  const set = (key: string, content: Uint8Array): void => {
    const info = { key, size: content.length, modTime: bucket.now(), version: `v${String(++count)}` };
    objects.set(key, { info, content });
  };
  const uploadOf = ({ id }: Multipart): Upload => {
    const upload = uploads.get(id);
    if (upload === undefined) throw new Error(`no such upload: ${id}`);
    return upload;
  };

  return {
    async head(key, given) {
      await request('head', key, given?.signal);
      return objects.get(key)?.info;
    },
    async list(given) {
      await request('list', given.prefix, given.signal);
      return pageOf(
        [...objects.values()].map(({ info }) => info),
        { ...given, limit: Math.min(given.limit, pageSize) },
      );
    },
    async read(key, { offset, length, ifMatch, signal }): Promise<ObjectBody | undefined> {
      await request('read', key, signal);
      const object = objects.get(key);
      if (object === undefined) return undefined;
      const { info, content } = object;
      if (ifMatch !== undefined && ifMatch !== info.version) throw versionChanged(key);
      return { info, body: body(content.subarray(offset, offset + (length ?? Infinity)), offset, signal) };
    },
    async put(key, content, given) {
      const bytes = Uint8Array.from(content);
      await request('put', key, given?.signal);
      set(key, bytes);
      options.after?.(`put ${key}`);
    },
    async copy(source, destination, given) {
      await request('copy', source, given?.signal);
      const object = objects.get(source);
      if (object !== undefined) set(destination, object.content);
      return object !== undefined;
    },
    async delete(keys, given) {
      if (keys.length > 1000) throw new Error('more than 1000 keys');
      await request('delete', keys.join(' '), given?.signal);
      for (const key of keys) objects.delete(key);
      options.after?.(`delete ${keys.join(' ')}`);
    },
    close: () => Promise.resolve(),
    multipart: {
      partSize,
      concurrency,
      async begin(key, _expectedSize, given) {
        await request('begin', key, given?.signal);
        const upload = { key, id: `u${String(++count)}`, begun: bucket.now(), parts: new Map() };
        uploads.set(upload.id, upload);
        options.after?.(`begin ${key}`);
        return { key, id: upload.id };
      },
      async uploadPart(upload, number, content, given) {
        const bytes = Uint8Array.from(content);
        await request('uploadPart', `${upload.key} ${String(number)}`, given?.signal);
        const tag = `t${String(++count)}`;
        uploadOf(upload).parts.set(number, { tag, content: bytes });
        options.after?.(`uploadPart ${upload.key} ${String(number)}`);
        return tag;
      },
      ...(options.canCopyParts === true && { copyPart: copyPartOf(bucket, request) }),
      async complete(upload, parts, given) {
        await request('complete', upload.key, given?.signal);
        // As often as it is asked to: see MultipartStore.complete.
        if (!uploads.has(upload.id) && objects.has(upload.key)) return;
        set(upload.key, joined(uploadOf(upload), parts));
        uploads.delete(upload.id);
      },
      async abort(upload, given) {
        await request('abort', upload.key, given?.signal);
        uploads.delete(upload.id);
      },
      async *findAbandoned(prefix, before, given) {
        await request('findAbandoned', prefix, given?.signal);
        for (const { key, id, begun } of [...uploads.values()])
          if (key.startsWith(prefix) && begun < before) yield { key, id };
      },
    },
  };
}

function copyPartOf(
  { objects, uploads }: Bucket,
  request: (name: string, what: string, signal: AbortSignal | undefined) => Promise<void>,
): NonNullable<MultipartStore['copyPart']> {
  return async (upload, number, source, given) => {
    await request('copyPart', `${upload.key} ${String(number)}`, given?.signal);
    const object = objects.get(source.key);
    if (object === undefined) return undefined;
    const tag = `t${String(++count)}`;
    uploads.get(upload.id)?.parts.set(number, { tag, content: object.content });
    return tag;
  };
}

function joined(upload: Upload, parts: readonly Part[]): Uint8Array {
  const contents = parts.map(({ number, size, tag }, index) => {
    const part = upload.parts.get(number);
    if (number !== index + 1 || part?.tag !== tag || part.content.length !== size)
      throw new Error(`invalid part ${String(number)}`);
    const first = parts[0] ?? { size };
    if (size > first.size || (size < first.size && index < parts.length - 1))
      throw new Error(`part ${String(number)} is not of the size of the first`);
    return part.content;
  });
  return Buffer.concat(contents);
}

function pageOf(infos: readonly ObjectInfo[], given: ObjectListRequest): ObjectPage {
  const { prefix, isShallow, startAfter = '', limit } = given;
  const found = new Map<string, ObjectInfo | undefined>();
  for (const info of infos) {
    if (!info.key.startsWith(prefix)) continue;
    const slash = isShallow ? info.key.indexOf('/', prefix.length) : -1;
    if (slash === -1) found.set(info.key, info);
    else found.set(info.key.slice(0, slash + 1), undefined);
  }
  const names = [...found.keys()].filter((name) => name > startAfter).sort(compareNames);
  const page = names.slice(0, limit);
  return {
    objects: page.flatMap((name) => found.get(name) ?? []),
    prefixes: page.filter((name) => found.get(name) === undefined),
    next: page.length < names.length ? page.at(-1) : undefined,
  };
}

async function* chunksOf(
  content: Uint8Array,
  _offset: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += CHUNK_SIZE) {
    await new Promise(setImmediate);
    throwIfAborted(signal, 'a body');
    yield content.slice(at, at + CHUNK_SIZE);
  }
}

const CHUNK_SIZE = 64 * 1024;
