import { stat } from 'node:fs/promises';
import type { FileWriter, LocalTarget, StorageDriver } from '@outrigger/driver';
import { alreadyClosed, cancelled, commitTo, invalidOffset, unsupported } from '@outrigger/driver';
import type { ParamsOf } from '../protocol/method.js';
import type { writerCommit, writerOpen, writerWrite } from '../protocol/writer.js';
import { decodeBase64 } from './decode-base64.js';
import { dial } from './dial.js';
import { exactInode } from './exact-inode.js';
import type { Served } from './served.js';
import { createPutWriter } from './put-writer.js';
import { createContentReceiver } from './receive-content.js';

interface OpenWriter {
  readonly path: string;
  readonly writer: FileWriter;
  /** The calls of one writer follow each other. */
  last: Promise<unknown>;
}

/** The writers that the host has open, by their ids. */
export class Writers {
  readonly #open = new Map<string, OpenWriter>();
  readonly #stop = new AbortController();
  #nextId = 1;

  async open(
    params: ParamsOf<typeof writerOpen>,
    driver: StorageDriver,
    putBytes: number,
    signal: AbortSignal,
  ) {
    const { path, mode, expectedSize } = params;
    // The writer outlives this request, and with it the request's signal.
    signal.throwIfAborted();
    const writer =
      mode === 'put'
        ? createPutWriter(driver, path, putBytes)
        : await driver.writer(path, { mode, expectedSize });
    if (signal.aborted || this.#stop.signal.aborted) {
      // Nobody will learn its id.
      await writer.close();
      throw cancelled(path, signal.reason);
    }
    const id = String(this.#nextId++);
    this.#open.set(id, { path, writer, last: Promise.resolve() });
    return { writer: id, size: writer.size, file: writer.local && localFile(writer.local) };
  }

  write(params: ParamsOf<typeof writerWrite>, served: Served): Promise<{ size: number }> {
    return this.#inTurn(params.writer, async ({ writer, path }) => {
      if (params.offset !== writer.size) throw invalidOffset(path, params.offset, writer.size);
      requireOne(params, path);
      if (params.written !== undefined) await accept(writer, params.written, path);
      else if (params.data !== undefined) await writer.write(decodeBase64(params.data, 'data'));
      else await receive(params.token, writer, path, served, this.#stop.signal);
      return { size: writer.size };
    });
  }

  commit({ writer: id, size, written, to }: ParamsOf<typeof writerCommit>): Promise<{ size: number }> {
    return this.#inTurn(id, async ({ writer, path }) => {
      if (size !== writer.size + (written ?? 0)) throw invalidOffset(path, size, writer.size);
      if (written !== undefined) await accept(writer, written, path);
      await (to === undefined ? writer.commit() : commitTo(writer, to, path));
      this.#open.delete(id);
      return { size };
    });
  }

  close(id: string): Promise<{ size: number }> {
    return this.#inTurn(id, async ({ writer }) => {
      await writer.close();
      this.#open.delete(id);
      return { size: writer.size };
    });
  }

  cancel(id: string): Promise<Record<string, never>> {
    return this.#inTurn(id, async ({ writer }) => {
      await writer.cancel();
      this.#open.delete(id);
      return {};
    });
  }

  /** What the host left open is kept as far as it came, as if it had closed it; streams that still run are cut. */
  async closeAll(): Promise<void> {
    this.#stop.abort();
    const open = [...this.#open.values()];
    this.#open.clear();
    await Promise.allSettled(
      open.map(async ({ writer, last }) => {
        await last;
        if (writer.local !== undefined) await acceptRest(writer.local, writer.size);
        await writer.close();
      }),
    );
  }

  async #inTurn<T>(id: string, run: (open: OpenWriter) => Promise<T>): Promise<T> {
    const open = this.#open.get(id);
    if (open === undefined) throw alreadyClosed(`writer ${id}`, 'closed');
    const turn = open.last.then(() => {
      if (!this.#open.has(id)) throw alreadyClosed(open.path, 'closed');
      return run(open);
    });
    open.last = turn.catch(() => undefined);
    return turn;
  }
}

function localFile(target: LocalTarget): { localPath: string; dev: number; ino: number } {
  return { localPath: target.localPath, ...exactInode(target) };
}

async function accept({ local }: FileWriter, written: number, path: string): Promise<void> {
  if (local === undefined) throw unsupported('plane file', path);
  await local.accept(written);
}

/**
 * What the host wrote and did not come to tell, in order and without a gap. To cut it off would leave a hole where a host
 * that is still at work writes on.
 */
async function acceptRest(target: LocalTarget, size: number): Promise<void> {
  const found = await stat(target.localPath).catch(() => undefined);
  if (found?.ino !== target.ino || found.dev !== target.dev || found.size <= size) return;
  await target.accept(found.size - size);
}

function requireOne({ data, token, written }: ParamsOf<typeof writerWrite>, path: string): void {
  if ([data, token, written].filter((each) => each !== undefined).length === 1) return;
  throw unsupported('a write with other than one of data, token and written', path);
}

async function receive(
  token: string | undefined,
  writer: FileWriter,
  path: string,
  served: Served,
  stop: AbortSignal,
): Promise<void> {
  if (token === undefined || served.socketPath === undefined) throw unsupported('plane socket', path);
  const receiver = createContentReceiver();
  const socket = await dial(served.socketPath, { token }, receiver.onread);
  const cut = () => {
    socket.destroy();
  };
  stop.addEventListener('abort', cut);
  try {
    if (!stop.aborted) await receiver.run(socket, (chunk) => writer.write(chunk));
  } finally {
    stop.removeEventListener('abort', cut);
    cut();
  }
}
