import type { BigIntStats } from 'node:fs';
import * as fs from 'node:fs';
import { readFile, readlink, stat, statfs } from 'node:fs/promises';
import { basename } from 'node:path';

/** What a call answers at once or later; `await` takes either. */
export type Soon<T> = T | Promise<T>;

/**
 * The calls of the operating system that work on names and on small content. On a local file system they take some
 * microseconds as long as what they need is in memory, while a trip to the thread pool and back costs more than fifty,
 * four or five times for one small object. So they are made at once, until they have waited for the disk too
 * long: then they go to the thread pool for a while. On a network file system they always do. What has to wait for the disk, an fsync or
 * many bytes, never blocks.
 */
export interface Disk {
  /**
   * Whether an fsync makes durable, with its own, all names that were made before: of file systems with one ordered
   * journal. On others every directory in which something was made has to be synced.
   */
  readonly ordersNames: boolean;
  /** Whether there is such a journal, surely: an fsync of anything that has changed since is then one of every name. */
  readonly hasJournal: boolean;
  open(path: string, flags: number, mode?: number): Soon<number>;
  /** Never fails: what a close could report is an fsync's to report. */
  close(fd: number): Soon<void>;
  fstat(fd: number): Soon<BigIntStats>;
  lstat(path: string): Soon<BigIntStats>;
  mkdir(path: string, mode: number): Soon<void>;
  rename(source: string, destination: string): Soon<void>;
  unlink(path: string): Soon<void>;
  /** By the C library: Node's own makes a call for each part. */
  realpath(path: string): Soon<string>;
  read(fd: number, into: Uint8Array, length: number, position: number): Soon<number>;
  write(fd: number, from: Uint8Array, offset: number, length: number, position: number): Soon<number>;
  truncate(fd: number, size: number): Promise<void>;
  /** Of a file that holds nothing. */
  resize(fd: number, size: number): Soon<void>;
  /** Content alone, and its size. */
  syncData(fd: number): Promise<void>;
  /** Content and all that is known of it. */
  sync(fd: number): Promise<void>;
}

/** File systems that answer from memory, by their numbers in statfs(2): a name and content seen before need no network. */
const LOCAL_TYPES: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // xfs
  0x9123683e, // btrfs
  0x01021994, // tmpfs
  0x794c7630, // overlayfs
  0x2fc12fc1, // zfs
  0xf2f52010, // f2fs
]);

/**
 * Of these, the ones with one ordered journal, by their names in the list of mounts: ext2, which has none, has the
 * number of ext4, too. (ext4 without a journal syncs new parents itself.)
 */
const ORDERING_TYPES: ReadonlySet<string> = new Set(['ext3', 'ext4', 'xfs']);

/** A call that took longer has waited, for the disk or for a busy processor. */
const SLOW_MS = 1;
/** So much waiting in a second is the disk's doing. */
const PATIENCE_MS = 250;
/** For so long calls go to the thread pool then. */
const PAUSE_MS = 1000;
/** The event loop turns after so long, whatever there is to do. */
const TURN_MS = 5;
/** Content up to this size is read and written at once. */
const SMALL = 64 * 1024;

/** @param directory - on the file system that will be worked on */
export async function openDisk(directory: string): Promise<Disk> {
  const { type } = await statfs(directory);
  const device = await deviceOf(directory);
  const name = await mountedType(device);
  const ordersNames = ORDERING_TYPES.has(name ?? '');
  const hasJournal = ordersNames && (name === 'xfs' || (await hasExt4Journal(device)));
  return createDisk({ isLocal: LOCAL_TYPES.has(type), ordersNames, hasJournal });
}

/** As in /proc and /sys: major and minor number. */
async function deviceOf(directory: string): Promise<string> {
  const { dev } = await stat(directory);
  return `${String((dev >> 8) & 0xfff)}:${String((dev & 0xff) | ((dev >> 12) & 0xfff00))}`;
}

/** A file system of ext4 may have been made without a journal. False, too, where the system does not tell. */
async function hasExt4Journal(device: string): Promise<boolean> {
  try {
    const name = basename(await readlink(`/sys/dev/block/${device}`));
    return /^\d+$/.test((await readFile(`/sys/fs/ext4/${name}/journal_task`, 'utf8')).trim());
  } catch {
    return false;
  }
}

/** The type of the file system on a device, or undefined where the system does not tell. */
async function mountedType(device: string): Promise<string | undefined> {
  try {
    const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
    // proc(5): the third field is the device; behind the lone hyphen comes the type.
    const found = mounts.find((mount) => mount.split(' ')[2] === device);
    return found?.split(' - ')[1]?.split(' ')[0];
  } catch {
    return undefined;
  }
}

export interface DiskKind {
  /** False: every call goes to the thread pool. */
  readonly isLocal: boolean;
  readonly ordersNames: boolean;
  /** Default: false. */
  readonly hasJournal?: boolean;
}

export function createDisk({ isLocal, ordersNames, hasJournal = false }: DiskKind): Disk {
  let slowUntil = isLocal ? 0 : Infinity;
  let second = 0;
  let waited = 0;

  const noteWait = (start: number, end: number): void => {
    if (end - second > 1000) {
      second = end;
      waited = 0;
    }
    waited += end - start;
    if (waited < PATIENCE_MS) return;
    waited = 0;
    slowUntil = end + PAUSE_MS;
  };

  let turnSince: number | undefined;

  /** Whether this turn of the event loop has had its share: whoever awaits only what is there already never lets it turn. */
  const isTurnOver = (now: number): boolean => {
    if (turnSince !== undefined) return now - turnSince > TURN_MS;
    turnSince = now;
    setImmediate(() => {
      turnSince = undefined;
    });
    return false;
  };
  const call = <T>(now: () => T, later: () => Promise<T>): Soon<T> => {
    const start = performance.now();
    if (start < slowUntil || isTurnOver(start)) return later();
    try {
      return now();
    } finally {
      const end = performance.now();
      if (end - start > SLOW_MS) noteWait(start, end);
    }
  };

  return {
    ordersNames,
    hasJournal,
    open: (path, flags, mode) =>
      call(
        () => fs.openSync(path, flags, mode),
        () => promise<number>((done) => fs.open(path, flags, mode, done)),
      ),
    close: (fd) =>
      call(
        () => {
          closeQuietly(fd);
        },
        () => ended((done) => fs.close(fd, done)).catch(() => undefined),
      ),
    fstat: (fd) =>
      call(
        () => fs.fstatSync(fd, { bigint: true }),
        () => promise<BigIntStats>((done) => fs.fstat(fd, { bigint: true }, done)),
      ),
    lstat: (path) =>
      call(
        () => fs.lstatSync(path, { bigint: true }),
        () => promise<BigIntStats>((done) => fs.lstat(path, { bigint: true }, done)),
      ),
    mkdir: (path, mode) =>
      call(
        () => {
          fs.mkdirSync(path, mode);
        },
        () => ended((done) => fs.mkdir(path, mode, done)),
      ),
    rename: (source, destination) =>
      call(
        () => {
          fs.renameSync(source, destination);
        },
        () => ended((done) => fs.rename(source, destination, done)),
      ),
    unlink: (path) =>
      call(
        () => {
          fs.unlinkSync(path);
        },
        () => ended((done) => fs.unlink(path, done)),
      ),
    realpath: (path) =>
      call(
        () => fs.realpathSync.native(path),
        () => promise<string>((done) => fs.realpath.native(path, done)),
      ),
    read(fd, into, length, position) {
      const later = () => promise<number>((done) => fs.read(fd, into, 0, length, position, done));
      return length > SMALL ? later() : call(() => fs.readSync(fd, into, 0, length, position), later);
    },
    write(fd, from, offset, length, position) {
      const later = () => promise<number>((done) => fs.write(fd, from, offset, length, position, done));
      return length > SMALL ? later() : call(() => fs.writeSync(fd, from, offset, length, position), later);
    },
    truncate: (fd, size) => ended((done) => fs.ftruncate(fd, size, done)),
    resize: (fd, size) =>
      call(
        () => {
          fs.ftruncateSync(fd, size);
        },
        () => ended((done) => fs.ftruncate(fd, size, done)),
      ),
    syncData: (fd) => ended((done) => fs.fdatasync(fd, done)),
    sync: (fd) => ended((done) => fs.fsync(fd, done)),
  };
}

type Callback<T> = (error: NodeJS.ErrnoException | null, result: T) => void;

function promise<T>(start: (done: Callback<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, result) => {
      if (error) reject(error);
      else resolve(result);
    });
  });
}

/** Of a call that answers nothing. */
function ended(start: (done: fs.NoParamCallback) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

function closeQuietly(fd: number): void {
  try {
    fs.closeSync(fd);
  } catch {
    // Nobody has anything to do about it.
  }
}
