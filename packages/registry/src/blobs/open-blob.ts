import type { ContentReader, ReadOptions } from '@outrigger/driver';
import { StorageError, readFully } from '@outrigger/driver';
import { SMALL_CONTENT } from '../content/content-cache.js';
import type { Digest } from '../reference/digest.js';
import type { Store } from '../store.js';
import { keepVerified, openContent, readContent } from './blob-content.js';
import { blobUnknown } from './blob-links.js';

/** A blob that is ready to be sent: all of it in memory when it is small, a reader otherwise. */
export type OpenBlob =
  | { readonly size: number; readonly content: Buffer }
  | { readonly size: number; readonly reader: ContentReader };

/**
 * Opens a blob of a repository. Membership and content are asked for at the same time; small content comes from
 * memory, or in one read.
 *
 * @param range - of the bytes that the reader gives; small content always comes whole
 * @throws RegistryError BLOB_UNKNOWN
 */
export async function openBlob(
  store: Store,
  name: string,
  digest: Digest,
  range: ReadOptions,
): Promise<OpenBlob> {
  const { signal } = range;
  const [link, opened] = await Promise.allSettled([
    store.layout.blobs.resolve(name, digest, { signal }),
    openTarget(store, name, digest, range),
  ]);
  const blob = opened.status === 'fulfilled' ? opened.value : undefined;
  if (link.status === 'fulfilled' && link.value?.text === digest.text) {
    if (opened.status === 'rejected') throw opened.reason;
    if (blob === undefined) throw blobUnknown(digest);
    return blob;
  }
  if (blob !== undefined && 'reader' in blob) await blob.reader.close();
  if (link.status === 'rejected') throw link.reason;
  const other = link.value === undefined ? undefined : await openTarget(store, name, link.value, range);
  if (other === undefined) throw blobUnknown(digest);
  return other;
}

async function openTarget(
  store: Store,
  name: string,
  digest: Digest,
  range: ReadOptions,
): Promise<OpenBlob | undefined> {
  const known = store.cache.size(digest);
  if (known !== undefined && known <= SMALL_CONTENT) {
    const content = await readContent(store, name, digest, { signal: range.signal });
    return content === undefined ? undefined : { size: content.length, content };
  }
  const reader = await openContent(store, name, digest, range);
  if (reader === undefined) return undefined;
  if (reader.size > SMALL_CONTENT || range.offset !== undefined) return { size: reader.size, reader };
  return readSmall(store, digest, reader);
}

async function readSmall(store: Store, digest: Digest, reader: ContentReader): Promise<OpenBlob | undefined> {
  try {
    const { size } = reader;
    const buffer = Buffer.allocUnsafeSlow(size + 1);
    const content = buffer.subarray(0, await readFully(reader, buffer));
    if (content.length !== size)
      throw new StorageError('INTERNAL', `content has not the ${size} bytes that it should have`);
    return keepVerified(store, digest, content) ? { size, content } : undefined;
  } finally {
    await reader.close();
  }
}
