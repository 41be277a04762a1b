import { StorageError, readFully } from '@outrigger/driver';
import type { get } from '../protocol/content.js';
import type { ResultOf } from '../protocol/method.js';
import { decodeBase64 } from './decode-base64.js';
import type { Served } from './served.js';

/** The whole of a small object; of a larger one, size and version only. */
export async function serveGet(
  path: string,
  served: Served,
  signal: AbortSignal,
): Promise<ResultOf<typeof get>> {
  const reader = await served.driver.reader(path, { signal });
  try {
    const { size, modTime, version } = reader;
    const opened = { size, modTime: modTime.getTime(), version };
    if (size > served.limits.smallContentBytes) return opened;
    const content = Buffer.allocUnsafe(size);
    const count = await readFully(reader, content);
    return { content: content.toString('base64', 0, count), ...opened };
  } finally {
    await reader.close();
  }
}

/** A client that leaves does not cancel a put: the request's signal stays here. */
export async function servePut(
  path: string,
  content: string,
  served: Served,
): Promise<Record<string, never>> {
  const bytes = decodeBase64(content, 'content');
  const limit = served.limits.smallContentBytes;
  if (bytes.length > limit)
    throw new StorageError('UNSUPPORTED', `content of a put is at most ${String(limit)} bytes`, { path });
  await served.driver.put(path, bytes);
  return {};
}
