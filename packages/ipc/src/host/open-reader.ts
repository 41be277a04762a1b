import type { ContentReader, ReadOptions } from '@outrigger/driver';
import { StorageError, cancelled } from '@outrigger/driver';
import { ProtocolViolation } from '../framing/protocol-violation.js';
import { read } from '../protocol/content.js';
import type { Limits } from '../protocol/limits.js';
import type { ParamsOf, ResultOf } from '../protocol/method.js';
import type { DataPlane } from '../protocol/values.js';
import type { CallDetails, DriverConnection } from './connection.js';
import type { DataListener, Dialled, ExpectedConnection } from './data-listener.js';
import { decodeAnswer } from './decode-answer.js';
import type { PendingCall } from './pending-call.js';
import { inlinePieceBytes } from './inline-piece.js';
import type { InlineChunk } from './read-inline.js';
import { readInline } from './read-inline.js';
import type { FileAnswer } from './read-file.js';
import { openLocalFile, readFile } from './read-file.js';
import { readSocket } from './read-socket.js';

const DIAL_TIMEOUT_MS = 5_000;

export interface ReadContext {
  call(
    method: typeof read,
    params: ParamsOf<typeof read>,
    details: CallDetails & { path: string },
  ): Promise<ResultOf<typeof read>>;
  /** As `call`, without waiting for a turn. */
  callStream: ReadContext['call'];
  readonly connection: DriverConnection;
  readonly planes: readonly DataPlane[];
  readonly listener?: DataListener | undefined;
  readonly limits: Limits;
  readonly roots: readonly string[];
  takeStream(signal?: AbortSignal): Promise<() => void>;
}

/** Opens content on the first plane that serves it. A local file that cannot be had sends this one read to the next plane. */
export async function openReader(
  path: string,
  options: ReadOptions,
  context: ReadContext,
): Promise<ContentReader> {
  const [first, ...others] = context.planes;
  if (first === 'file') {
    const reader = await openOnFile(path, options, context);
    if (reader !== undefined) return reader;
    return openReader(path, options, { ...context, planes: others });
  }
  if (first === 'socket' && context.listener !== undefined)
    return openOnSocket(path, options, context, context.listener);
  return openInline(path, options, context);
}

async function openInline(path: string, options: ReadOptions, context: ReadContext): Promise<ContentReader> {
  const { limits } = context;
  const offset = options.offset ?? 0;
  const piece = inlinePieceBytes(limits);
  const length = Math.min(options.length ?? piece, piece);
  const params = { path, offset, length, ifMatch: options.ifMatch, plane: 'inline' as const };
  const answer = await context.call(read, params, { path, signal: options.signal });
  return pullInline(path, options, context, inlineChunk(answer, path, context.connection));
}

function pullInline(
  path: string,
  options: ReadOptions,
  context: ReadContext,
  first: InlineChunk,
): ContentReader {
  const { connection } = context;
  const where = { method: read, path, field: 'result.data' };
  return readInline({
    path,
    first,
    offset: options.offset ?? 0,
    length: options.length,
    chunkSize: inlinePieceBytes(context.limits),
    signal: options.signal,
    async pull(offset, length, ifMatch) {
      const params = { path, offset, length, ifMatch, plane: 'inline' as const };
      const answer = await context.call(read, params, { path, signal: options.signal });
      return inlineChunk(answer, path, connection);
    },
    decode: (data) => decodeAnswer(data, where, connection),
    tooMany: (got, wanted) =>
      connection.lied({
        ...where,
        expected: `at most ${String(wanted)} bytes`,
        received: String(got),
        see: 'content.md#plane-inline',
      }),
  });
}

async function openOnFile(
  path: string,
  options: ReadOptions,
  context: ReadContext,
): Promise<ContentReader | undefined> {
  const { offset = 0, length, ifMatch, signal } = options;
  const answer = await context.call(read, { path, offset, length, ifMatch, plane: 'file' }, { path, signal });
  if ('data' in answer) return pullInline(path, options, context, answer);
  if (!('localPath' in answer)) throw wrongPlane(path, 'file', context.connection);
  const file: FileAnswer = answer;
  const fd = await openLocalFile(file, context.roots);
  return fd === undefined ? undefined : readFile(fd, { path, answer: file, offset, length, signal });
}

async function openOnSocket(
  path: string,
  options: ReadOptions,
  context: ReadContext,
  listener: DataListener,
): Promise<ContentReader> {
  const { offset = 0, length, ifMatch, signal } = options;
  const giveStream = await context.takeStream(signal);
  let expected: ExpectedConnection | undefined;
  let pending: PendingCall | undefined;
  const onPending = (call: PendingCall) => {
    pending = call;
  };
  const end = () => {
    expected?.forget();
    giveStream();
  };
  try {
    expected = await listener.expect();
    const params = { path, offset, length, ifMatch, plane: 'socket' as const, token: expected.token };
    const answered = context.callStream(read, params, { path, signal, onPending });
    answered.catch(() => undefined);
    const first = await Promise.race([expected.dialled, answered]);
    if ('data' in first) {
      end();
      return pullInline(path, options, context, first);
    }
    if (!('connection' in first) && !('bytes' in first)) throw wrongPlane(path, 'socket', context.connection);
    const dialled = 'connection' in first ? first : await dialledSoon(expected, path, signal);
    if (dialled.preamble.size === undefined || dialled.preamble.modTime === undefined) {
      dialled.connection.socket.destroy();
      const violation = new ProtocolViolation(`the preamble of a read has no size or no modTime: ${path}`, {
        see: 'content.md#plane-socket',
      });
      throw context.connection.violated(violation, path);
    }
    return readSocket({
      path,
      dialled,
      offset,
      length,
      answered: answered.then((answer) => {
        if ('bytes' in answer) return answer.bytes;
        throw wrongPlane(path, 'socket', context.connection);
      }),
      pending,
      signal,
      touch: () => {
        context.connection.touch();
      },
      onEnd: end,
      onLie: (what) => {
        context.connection.violated(new ProtocolViolation(what, { see: 'content.md#plane-socket' }));
      },
    });
  } catch (error) {
    end();
    throw error;
  }
}

/** The answer overtook the connection, which can only be a moment away. */
async function dialledSoon(
  expected: ExpectedConnection,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Dialled> {
  let giveUp: (error: StorageError) => void = () => undefined;
  const late = new Promise<never>((_resolve, reject) => {
    giveUp = reject;
  });
  const timer = setTimeout(() => {
    const what = `the driver answered a read and did not connect: ${path} (see docs/protocol/content.md#plane-socket)`;
    giveUp(new StorageError('UNAVAILABLE', what, { path }));
  }, DIAL_TIMEOUT_MS);
  const abort = () => {
    giveUp(cancelled(path, signal?.reason));
  };
  signal?.addEventListener('abort', abort);
  try {
    return await Promise.race([expected.dialled, late]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

function inlineChunk(answer: ResultOf<typeof read>, path: string, connection: DriverConnection): InlineChunk {
  if ('data' in answer) return answer;
  throw wrongPlane(path, 'inline', connection);
}

function wrongPlane(path: string, plane: DataPlane, connection: DriverConnection): StorageError {
  const expected = `that of the plane ${plane}, which was asked for`;
  return connection.lied({
    method: read,
    path,
    field: 'result',
    expected,
    received: "another plane's",
    see: 'content.md#reading',
  });
}
