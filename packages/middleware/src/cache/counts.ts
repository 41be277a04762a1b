import type { MiddlewareCounts } from '../driver-middleware.js';
import type { DiskCacheCounts } from './disk-cache.js';

/** What is counted as content is read. */
export interface ReadCounts {
  hits: number;
  misses: number;
  hitBytes: number;
  missBytes: number;
  /** Reads that began in the cache and went on in the store. */
  switches: number;
}

/** Under the names that they have behind `outrigger_middleware_cache_`. */
export function toCounts(reads: ReadCounts, disk: DiskCacheCounts): MiddlewareCounts {
  const { done, mismatch, slow, system, abandoned } = disk.fills;
  return {
    hits_total: counter(reads.hits, 'Reads of content that were answered from the disk.'),
    misses_total: counter(reads.misses, 'Reads of content that went to the store.'),
    hit_bytes_total: counter(reads.hitBytes, 'Bytes of content that came from the disk.'),
    miss_bytes_total: counter(reads.missBytes, 'Bytes of content that came from the store.'),
    switches_total: counter(reads.switches, 'Reads that began on the disk and went on in the store.'),
    fills_total: counter(done, 'Content that came into the cache.'),
    fills_abandoned_total: counter(abandoned, 'Content that nobody read to its end.'),
    fills_slow_total: counter(slow, 'Content that the disk was too slow for.'),
    fills_failed_total: counter(system, 'Content that could not be written to the disk.'),
    fills_mismatch_total: counter(mismatch, 'Content of the store that is not what its digest says.'),
    faults_total: counter(disk.faults, 'Files of the cache that were not what they should be.'),
    evictions_total: counter(disk.evictions, 'Files that made room for others.'),
    bytes: { value: disk.bytes, type: 'gauge', help: 'Bytes in the directory, as far as it is known.' },
    entries: { value: disk.entries, type: 'gauge', help: 'Files in the directory, as far as it is known.' },
  };
}

function counter(value: number, help: string): MiddlewareCounts[string] {
  return { value, type: 'counter', help };
}
