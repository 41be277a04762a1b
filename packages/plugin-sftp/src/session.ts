import type { Attributes, Callback, FileEntryWithStats, SFTPWrapper } from 'ssh2';
import { ConnectionLostError } from './errors.js';
import type { Extensions } from './extensions.js';
import { extensionsOf } from './extensions.js';

/** What is at a path, as far as SFTP tells. */
export interface Stats {
  readonly kind: 'file' | 'directory' | 'other';
  readonly size: number;
  /** In whole seconds. */
  readonly modTime: Date;
}

export interface NamedStats extends Stats {
  readonly name: string;
}

export type Handle = Buffer;

/**
 * The requests of SFTP on one connection. A server handles them one after the other, and they are sent without waiting for each
 * other. Every one fails with a ConnectionLostError when the connection ends before its answer, or with the server's status.
 */
export interface Session {
  readonly extensions: Extensions;
  readonly isOpen: boolean;
  /** How busy it is: requests without an answer, and what holds it. */
  readonly load: number;
  /** Bytes of a read or write that the server takes in one request, surely. */
  readonly pieceSize: number;
  /** Counts whoever has a handle here, until the answer is called. */
  hold(): () => void;
  lstat(path: string): Promise<Stats>;
  stat(path: string): Promise<Stats>;
  fstat(handle: Handle): Promise<Stats>;
  open(path: string, flags: number, mode?: number): Promise<Handle>;
  close(handle: Handle): Promise<void>;
  /** Fills less than asked for at the end of the file, and where the server gives less. */
  read(handle: Handle, into: Buffer, offset: number, length: number, position: number): Promise<number>;
  /** The bytes are taken at once; the answer comes when the server has written them. */
  write(handle: Handle, from: Uint8Array, position: number): Promise<void>;
  truncate(handle: Handle, size: number): Promise<void>;
  /** Sets the times of a file, in whole seconds. */
  setTime(path: string, seconds: number): Promise<void>;
  fsync(handle: Handle): Promise<void>;
  copyData(from: Handle, to: Handle, position: number, length: number): Promise<void>;
  opendir(path: string): Promise<Handle>;
  /** The next entries of a directory, without `.` and `..`; undefined at the end. */
  readdir(handle: Handle): Promise<readonly NamedStats[] | undefined>;
  mkdir(path: string, mode: number): Promise<void>;
  rmdir(path: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Replaces a file at the destination, at once. */
  rename(source: string, destination: string): Promise<void>;
  /** Bytes that are free for the account. */
  freeSpace(path: string): Promise<number>;
  /** No request is answered any more. */
  end(why: ConnectionLostError): void;
}

/** SSH_FXF_*, draft-ietf-secsh-filexfer-02, 6.3. */
export const OPEN = { read: 1, write: 2, create: 8, truncate: 16, exclusive: 32 } as const;

/** With more, servers other than OpenSSH need several requests for a piece. */
const PIECE = 31 * 1024;
const OPENSSH_PIECE = 128 * 1024;

/** Time-outs that a sync may take: a slow disk writes for minutes what a fast line has brought, and keepalives watch the line. */
const SYNC_PATIENCE = 10;

/** @param drop - ends the connection below, when the server answers nothing for too long */
export function createSession(sftp: SFTPWrapper, requestTimeoutMs: number, drop: () => void): Session {
  const extensions = extensionsOf(sftp);
  const waiting = new Set<(error: Error) => void>();
  let lost: ConnectionLostError | undefined;
  let held = 0;
  /** Syncs without an answer, and how often the time-out has gone by since the last answer. */
  let syncing = 0;
  let silences = 0;

  const end = (why: ConnectionLostError) => {
    if (lost !== undefined) return;
    lost = why;
    clearTimeout(silence);
    for (const reject of waiting) reject(why);
    waiting.clear();
  };
  const silence = setTimeout(() => {
    if (waiting.size === 0) return;
    if (++silences < (syncing > 0 ? SYNC_PATIENCE : 1)) {
      silence.refresh();
      return;
    }
    end(new ConnectionLostError('the server has not answered for too long'));
    drop();
  }, requestTimeoutMs).unref();
  const listen = () => {
    silences = 0;
    silence.refresh();
  };

  const ask = <T>(send: (answer: (error: Error | null | undefined, value: T) => void) => void): Promise<T> =>
    new Promise((resolve, reject) => {
      if (lost !== undefined) {
        reject(lost);
        return;
      }
      if (waiting.size === 0) listen();
      waiting.add(reject);
      send((error, value) => {
        waiting.delete(reject);
        if (lost === undefined) listen();
        if (error === null || error === undefined) resolve(value);
        else reject(lost ?? error);
      });
    });
  const order = (send: (answer: Callback) => void): Promise<void> =>
    ask<undefined>((answer) => {
      send((error) => {
        answer(error, undefined);
      });
    });
  const statOf = async (send: (answer: (error: Error | undefined, value: Attributes) => void) => void) =>
    toStats(await ask<Attributes>(send));

  return {
    extensions,
    pieceSize: extensions.fsync && extensions.copyData ? OPENSSH_PIECE : PIECE,
    get isOpen() {
      return lost === undefined;
    },
    get load() {
      return waiting.size + held;
    },
    hold() {
      held++;
      let isHeld = true;
      return () => {
        if (isHeld) held--;
        isHeld = false;
      };
    },
    lstat: (path) => statOf((answer) => sftp.lstat(path, answer)),
    stat: (path) => statOf((answer) => sftp.stat(path, answer)),
    fstat: (handle) => statOf((answer) => sftp.fstat(handle, answer)),
    open: (path, flags, mode) =>
      ask((answer) => {
        if (mode === undefined) sftp.open(path, flags, answer);
        else sftp.open(path, flags, { mode }, answer);
      }),
    close: (handle) => order((answer) => sftp.close(handle, answer)),
    read: (handle, into, offset, length, position) =>
      ask((answer) => sftp.read(handle, into, offset, length, position, answer)),
    write: (handle, from, position) => {
      const bytes = Buffer.from(from.buffer, from.byteOffset, from.length);
      return order((answer) => sftp.write(handle, bytes, 0, bytes.length, position, answer));
    },
    truncate: (handle, size) => order((answer) => sftp.fsetstat(handle, { size }, answer)),
    setTime: (path, seconds) => order((answer) => sftp.utimes(path, seconds, seconds, answer)),
    async fsync(handle) {
      syncing++;
      await order((answer) => sftp.ext_openssh_fsync(handle, answer)).finally(() => syncing--);
    },
    copyData: (from, to, position, length) =>
      order((answer) => sftp.ext_copy_data(from, position, length, to, position, answer)),
    opendir: (path) => ask((answer) => sftp.opendir(path, answer)),
    readdir: (handle) => readEntries(ask, sftp, handle),
    mkdir: (path, mode) => order((answer) => sftp.mkdir(path, { mode }, answer)),
    rmdir: (path) => order((answer) => sftp.rmdir(path, answer)),
    unlink: (path) => order((answer) => sftp.unlink(path, answer)),
    rename: (source, destination) => order((answer) => sftp.ext_openssh_rename(source, destination, answer)),
    freeSpace: async (path) =>
      toFreeSpace(await ask<unknown>((answer) => sftp.ext_openssh_statvfs(path, answer))),
    end,
  };
}

type Ask = <T>(send: (answer: (error: Error | null | undefined, value: T) => void) => void) => Promise<T>;

/** SSH_FX_EOF */
const END = 1;

async function readEntries(
  ask: Ask,
  sftp: SFTPWrapper,
  handle: Handle,
): Promise<readonly NamedStats[] | undefined> {
  try {
    const entries = await ask<FileEntryWithStats[]>((answer) => {
      sftp.readdir(handle, answer);
    });
    return entries.map(({ filename, attrs }) => ({ name: filename, ...toStats(attrs) }));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === END) return undefined;
    throw error;
  }
}

const TYPE_MASK = 0o170000;
const KINDS: Readonly<Record<number, Stats['kind']>> = { 0o100000: 'file', 0o040000: 'directory' };

function toStats({ mode, size, mtime }: Attributes): Stats {
  const kind = KINDS[mode & TYPE_MASK] ?? 'other';
  return { kind, size: kind === 'file' ? size : 0, modTime: new Date(mtime * 1000) };
}

/** Of the answer of statvfs@openssh.com. */
function toFreeSpace(answer: unknown): number {
  const field = (name: string): number => {
    const value: unknown =
      typeof answer === 'object' && answer !== null ? Reflect.get(answer, name) : undefined;
    return typeof value === 'number' ? value : 0;
  };
  const isTold = field('f_blocks') > 0;
  return isTold ? field('f_bavail') * field('f_frsize') : Infinity;
}
