import { readdir, rm, stat, unlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';

/** How much lies in the directory of a cache, and what is to go first. Several processes may share a directory. */
export interface Occupancy {
  readonly bytes: number;
  readonly entries: number;
  readonly evictions: number;
  /** Makes room for a file, and holds it until the answer is called. Undefined: it is larger than the cache. Never waits. */
  reserve(size: number): (() => void) | undefined;
  /** A file is there, or was used. `name` is its path within the directory. */
  use(name: string, size: number): void;
  /** It is gone. */
  forget(name: string): void;
  /** Looks at what is there. */
  scan(): Promise<void>;
}

/** A file's time of access is moved by its use, so that other processes and a later start know of it; not each time. */
const TOUCH_MS = 60_000;
/** Files that a process which ended has left half-written are removed after this time. */
const ABANDONED_MS = 3_600_000;
/** Whoever has added this part of the bound looks at what others have added. */
const SCAN_SHARE = 16;

export const TEMPORARY = 'tmp';

/** What the cache has made itself: nothing else in its directory is ever counted, or deleted. */
const OWN_NAME = /^sha(?:256|512)\/[0-9a-f]{2}\/[0-9a-f]{64,128}$/;
const OWN_TEMPORARY = new RegExp(`^${TEMPORARY}/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$`);

export function createOccupancy(directory: string, maxBytes: number): Occupancy {
  /** In the order of their use. */
  const files = new Map<string, KnownFile>();
  /** What is known better than by the scan that is under way. */
  const changed = new Set<string>();
  let bytes = 0;
  let reserved = 0;
  let evictions = 0;
  let addedSinceScan = 0;
  let scanning: Promise<void> | undefined;

  const remove = (name: string) => {
    bytes -= files.get(name)?.size ?? 0;
    files.delete(name);
  };
  const forget = (name: string) => {
    remove(name);
    if (scanning !== undefined) changed.add(name);
  };
  const keep = (name: string, file: KnownFile) => {
    remove(name);
    files.set(name, file);
    bytes += file.size;
  };
  const scanAll = async () => {
    addedSinceScan = 0;
    changed.clear();
    const before = [...files.keys()];
    const found = await filesBelow(directory);
    const present = new Set(found.map(({ name }) => name));
    for (const name of before) if (!present.has(name) && !changed.has(name)) remove(name);
    for (const { name, size, time } of found) {
      const used = Math.max(time, files.get(name)?.used ?? 0);
      if (!changed.has(name)) files.set(name, { size, used, touched: time });
    }
    const inOrder = [...files].sort(([, a], [, b]) => a.used - b.used);
    files.clear();
    bytes = 0;
    for (const [name, file] of inOrder) keep(name, file);
  };
  const scan = () => (scanning ??= scanAll().finally(() => (scanning = undefined)));

  return {
    get bytes() {
      return bytes;
    },
    get entries() {
      return files.size;
    },
    get evictions() {
      return evictions;
    },
    scan,
    forget,
    use(name, size) {
      const known = files.get(name);
      const now = Date.now();
      const isDue = known !== undefined && now - known.touched > TOUCH_MS;
      if (isDue) touch(join(directory, name), now).catch(() => undefined);
      if (known === undefined) addedSinceScan += size;
      if (scanning !== undefined) changed.add(name);
      keep(name, { size, used: now, touched: known === undefined || isDue ? now : known.touched });
    },
    reserve(size) {
      if (size > maxBytes) return undefined;
      reserved += size;
      if (addedSinceScan > maxBytes / SCAN_SHARE) void scan();
      for (const name of files.keys()) {
        if (bytes + reserved <= maxBytes) break;
        forget(name);
        evictions++;
        unlink(join(directory, name)).catch(() => undefined);
      }
      if (bytes + reserved > maxBytes) {
        reserved -= size;
        return undefined;
      }
      let isHeld = true;
      return () => {
        if (isHeld) reserved -= size;
        isHeld = false;
      };
    },
  };
}

/** The time of the last change stays as it is, to the nanosecond, since that is whole seconds (see fill.ts). */
async function touch(file: string, now: number): Promise<void> {
  const { mtimeMs } = await stat(file);
  if (Number.isInteger(mtimeMs / 1000)) await utimes(file, now / 1000, mtimeMs / 1000);
}

interface KnownFile {
  readonly size: number;
  readonly used: number;
  /** When the file was last told that it was used. */
  readonly touched: number;
}

interface FoundFile {
  readonly name: string;
  readonly size: number;
  readonly time: number;
}

async function filesBelow(directory: string): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const stats = await stat(path).catch(() => undefined);
    if (stats === undefined) continue;
    const name = path.slice(directory.length + 1);
    if (OWN_NAME.test(name)) found.push({ name, size: stats.size, time: stats.atimeMs });
    else if (OWN_TEMPORARY.test(name) && Date.now() - stats.mtimeMs > ABANDONED_MS)
      await rm(path, { force: true }).catch(() => undefined);
  }
  return found;
}
