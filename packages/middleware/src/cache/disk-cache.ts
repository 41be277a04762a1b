import { join } from 'node:path';
import type { NamedContent } from './content-path.js';
import { fileSize } from './entry-format.js';
import type { Entry } from './entry.js';
import { openEntry, stateAt } from './entry.js';
import type { Fill, FillFailure } from './fill.js';
import { beginFill } from './fill.js';
import { TEMPORARY, createOccupancy } from './occupancy.js';
import { createTrust } from './trust.js';
import { unlink } from 'node:fs/promises';

export interface DiskCacheOptions {
  readonly directory: string;
  readonly maxBytes: number;
  /** How long a file that nobody writes to is believed to be what it was; 0: not at all. */
  readonly trustMs: number;
  /** Bytes that wait for the disk, for each content on its way into the cache. */
  readonly buffer: number;
  /** Something that an operator may want to mend. */
  readonly onFault: (what: 'fill' | 'entry', error: unknown) => void;
}

/** Content by its digest in a directory. Everything in it may be lost, or spoilt, at any time. */
export interface DiskCache {
  readonly counts: DiskCacheCounts;
  /** Undefined when it is not there, or not what it should be. Never rejects. */
  open(content: NamedContent): Promise<Entry | undefined>;
  /** Undefined where there is no place for it. Never waits. */
  begin(content: NamedContent, size: number, modTime: Date): Fill | undefined;
  /** Never rejects. */
  forget(content: NamedContent): Promise<void>;
  /** Looks at what is in the directory. */
  scan(): Promise<void>;
}

export interface DiskCacheCounts {
  readonly bytes: number;
  readonly entries: number;
  readonly evictions: number;
  readonly faults: number;
  readonly fills: Readonly<Record<FillFailure | 'done', number>>;
}

export function createDiskCache(options: DiskCacheOptions): DiskCache {
  const { directory, maxBytes, trustMs, buffer, onFault } = options;
  const occupancy = createOccupancy(directory, maxBytes);
  const trust = createTrust(trustMs);
  const fills = { done: 0, abandoned: 0, mismatch: 0, slow: 0, system: 0 };
  let faults = 0;

  const forget = async (content: NamedContent) => {
    occupancy.forget(nameOf(content));
    await unlink(join(directory, nameOf(content))).catch(() => undefined);
  };
  const end = async (fill: Fill, content: NamedContent, release: () => void) => {
    const failure = await fill.finish();
    release();
    fills[failure ?? 'done']++;
    if (failure === 'system') onFault('fill', fill.cause);
    if (failure !== undefined) return failure;
    occupancy.use(nameOf(content), fileSize(fill.size));
    const state = await stateAt(join(directory, nameOf(content))).catch(() => undefined);
    if (state !== undefined) trust.add(state);
    return undefined;
  };

  return {
    get counts() {
      const { bytes, entries, evictions } = occupancy;
      return { bytes, entries, evictions, faults, fills };
    },
    async open(content) {
      try {
        const entry = await openEntry(join(directory, nameOf(content)), content, trust);
        occupancy.use(nameOf(content), fileSize(entry.size));
        return entry;
      } catch (error) {
        if (isAbsent(error)) {
          occupancy.forget(nameOf(content));
          return undefined;
        }
        faults++;
        onFault('entry', error);
        await forget(content);
        return undefined;
      }
    },
    begin(content, size, modTime) {
      const release = occupancy.reserve(fileSize(size));
      if (release === undefined) return undefined;
      const file = join(directory, nameOf(content));
      const temporaries = join(directory, TEMPORARY);
      const fill = beginFill({ content, size, modTime, file, temporaries, buffer });
      let finished: Promise<FillFailure | undefined> | undefined;
      const finish = () => (finished ??= end(fill, content, release));
      return {
        size,
        sums: fill.sums,
        get handle() {
          return fill.handle;
        },
        get cause() {
          return fill.cause;
        },
        push: fill.push,
        sumsBeyond: fill.sumsBeyond,
        share: fill.share,
        finish,
        abandon() {
          fill.abandon();
          void finish();
        },
      };
    },
    async forget(content) {
      await forget(content);
    },
    scan: () => occupancy.scan(),
  };
}

function nameOf({ algorithm, hex }: NamedContent): string {
  return join(algorithm, hex.slice(0, 2), hex);
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
