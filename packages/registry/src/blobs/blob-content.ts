import type { CallOptions, ContentReader, ReadOptions } from '@outrigger/driver';
import { blobData } from '../layout/paths.js';
import type { Digest } from '../reference/digest.js';
import { digestOf } from '../reference/digest.js';
import type { Store } from '../store.js';
import { orAbsent } from '../layout/or-absent.js';

/** The size of content in the store, whoever has it; undefined when it is absent. */
export async function statContent(
  store: Store,
  digest: Digest,
  options?: CallOptions,
): Promise<number | undefined> {
  const look = async (lookOptions?: CallOptions): Promise<number | undefined> => {
    const info = await orAbsent(store.driver.stat(blobData(digest), lookOptions));
    if (info === undefined || info.isDir) return undefined;
    store.cache.keepSize(digest, info.size);
    return info.size;
  };
  return store.sizes.find(digest.text, look, options);
}

/** Opens content; undefined when it is absent. */
export async function openContent(
  store: Store,
  digest: Digest,
  options: ReadOptions,
): Promise<ContentReader | undefined> {
  const reader = await orAbsent(store.driver.reader(blobData(digest), options));
  if (reader !== undefined) store.cache.keepSize(digest, reader.size);
  return reader;
}

/**
 * The whole of small content, checked against its digest; undefined when it is absent or is not what the digest
 * says: a push of the right bytes then heals it.
 */
export async function readContent(
  store: Store,
  digest: Digest,
  options?: CallOptions,
): Promise<Buffer | undefined> {
  const cached = store.cache.get(digest);
  if (cached !== undefined) return cached;
  const bytes = await orAbsent(store.driver.get(blobData(digest), options));
  if (bytes === undefined) return undefined;
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return keepVerified(store, digest, content) ? content : undefined;
}

/** Whether content is what its digest says; it is kept then. */
export function keepVerified(store: Store, digest: Digest, content: Buffer): boolean {
  if (digestOf(content, digest.algorithm).text === digest.text) {
    store.cache.keep(digest, content);
    return true;
  }
  store.cache.forget(digest);
  store.log.error({ digest: digest.text, size: content.length }, 'stored content does not match its digest');
  return false;
}
