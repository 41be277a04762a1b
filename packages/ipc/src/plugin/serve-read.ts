import type { ContentReader, StorageDriver } from '@outrigger/driver';
import { StorageError, readFully, unsupported } from '@outrigger/driver';
import type { read } from '../protocol/content.js';
import type { ParamsOf, ResultOf } from '../protocol/method.js';
import { dial } from './dial.js';
import { exactInode } from './exact-inode.js';
import type { Served } from './served.js';
import { sendContent } from './send-content.js';

type ReadParams = ParamsOf<typeof read>;
type ReadResult = ResultOf<typeof read>;

/** Answers a read on the plane that it names; small content goes inline whatever the plane. */
export async function serveRead(
  params: ReadParams,
  served: Served,
  signal: AbortSignal,
): Promise<ReadResult> {
  if (params.plane === 'file') return serveFile(params, served.driver, signal);
  const length =
    params.plane === 'inline'
      ? Math.min(params.length ?? Infinity, served.limits.inlineChunkBytes)
      : params.length;
  const { path, offset, ifMatch } = params;
  // Closing the data connection cancels a read as well as a cancelled request does.
  const stop = new AbortController();
  const abort = () => {
    stop.abort(signal.reason);
  };
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  const reader = await served.driver.reader(path, { offset, length, ifMatch, signal: stop.signal });
  try {
    const left = Math.max(0, Math.min(length ?? Infinity, reader.size - offset));
    if (params.plane === 'inline' || left <= served.limits.smallContentBytes)
      return await inline(reader, left);
    return await overSocket(params, reader, served, stop);
  } finally {
    signal.removeEventListener('abort', abort);
    await reader.close();
  }
}

async function inline(reader: ContentReader, length: number): Promise<ReadResult> {
  const content = Buffer.allocUnsafe(length);
  const count = await readFully(reader, content);
  return { data: content.toString('base64', 0, count), ...openedOf(reader) };
}

async function overSocket(
  params: ReadParams,
  reader: ContentReader,
  served: Served,
  stop: AbortController,
): Promise<ReadResult> {
  const { token, path } = params;
  if (token === undefined || served.socketPath === undefined) {
    throw new StorageError('UNSUPPORTED', 'a read on the socket plane without a token or a socket', { path });
  }
  const opened = openedOf(reader);
  const socket = await dial(served.socketPath, { token, ...opened });
  try {
    return { bytes: await sendContent(reader, socket, path, stop), ...opened };
  } finally {
    socket.destroy();
  }
}

async function serveFile(
  params: ReadParams,
  driver: StorageDriver,
  signal: AbortSignal,
): Promise<ReadResult> {
  const { path, offset, ifMatch } = params;
  if (driver.localFile === undefined || driver.capabilities.localFiles !== true)
    throw unsupported('plane file', path);
  if (offset < 0)
    throw new StorageError('INVALID_OFFSET', `invalid offset: ${String(offset)}`, { path, offset });
  const file = await driver.localFile(path, { signal });
  if (ifMatch !== undefined && file.version !== ifMatch) {
    throw new StorageError('UNAVAILABLE', `content changed while it was read: ${path}`, {
      path,
      retryable: false,
    });
  }
  return { ...file, ...exactInode(file), modTime: file.modTime.getTime() };
}

function openedOf(reader: ContentReader): { size: number; modTime: number; version?: string } {
  const { size, modTime, version } = reader;
  return { size, modTime: modTime.getTime(), ...(version === undefined ? {} : { version }) };
}
