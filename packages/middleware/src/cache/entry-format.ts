import { crc32 } from 'node:zlib';
import type { NamedContent } from './content-path.js';

/*
 * A file of the cache:
 *
 *   content | one CRC-32 for each 64 KiB of it | trailer
 *
 * The whole content was checked against its digest before the file got its name. The sums find what has happened to it since then,
 * for any range of it, before a byte of it is served. All numbers are little-endian.
 */

/** Bytes that have a sum of their own. */
export const CHUNK = 64 * 1024;

const MAGIC = Buffer.from('OUTRCCH1');

/** Magic, size (8), time of change (8), sum of the sums (4), digest as binary (64), sum of all this (4). */
export const TRAILER_SIZE = 8 + 8 + 8 + 4 + 64 + 4;

/** What is known of content that is in the cache. */
export interface EntryFacts {
  readonly size: number;
  readonly modTime: Date;
  /** Of each chunk. */
  readonly sums: Uint32Array;
}

export function chunksOf(size: number): number {
  return Math.ceil(size / CHUNK);
}

/** The size of the file for content of a size. */
export function fileSize(size: number): number {
  return size + chunksOf(size) * 4 + TRAILER_SIZE;
}

/** All that follows the content. */
export function encodeEnd(content: NamedContent, { size, modTime, sums }: EntryFacts): Buffer {
  const table = Buffer.alloc(sums.length * 4);
  for (const [index, sum] of sums.entries()) table.writeUInt32LE(sum, index * 4);
  const trailer = Buffer.alloc(TRAILER_SIZE);
  MAGIC.copy(trailer);
  trailer.writeBigUInt64LE(BigInt(size), 8);
  trailer.writeDoubleLE(modTime.getTime(), 16);
  trailer.writeUInt32LE(crc32(table), 24);
  trailer.write(content.hex, 28, 'hex');
  trailer.writeUInt32LE(crc32(trailer.subarray(0, TRAILER_SIZE - 4)), TRAILER_SIZE - 4);
  return Buffer.concat([table, trailer]);
}

/** The size of the content; undefined when this is no trailer, or that of other content. */
export function decodeTrailer(
  trailer: Buffer,
  content: NamedContent,
): { readonly size: number; readonly modTime: Date; readonly tableSum: number } | undefined {
  const isWhole =
    trailer.length === TRAILER_SIZE &&
    trailer.subarray(0, 8).equals(MAGIC) &&
    trailer.readUInt32LE(TRAILER_SIZE - 4) === crc32(trailer.subarray(0, TRAILER_SIZE - 4)) &&
    trailer.toString('hex', 28, 28 + content.hex.length / 2) === content.hex;
  if (!isWhole) return undefined;
  return {
    size: Number(trailer.readBigUInt64LE(8)),
    modTime: new Date(trailer.readDoubleLE(16)),
    tableSum: trailer.readUInt32LE(24),
  };
}

/** The sums of a table; undefined when it is not the one that the trailer speaks of. */
export function decodeTable(table: Buffer, tableSum: number): Uint32Array | undefined {
  if (crc32(table) !== tableSum) return undefined;
  return Uint32Array.from({ length: table.length / 4 }, (_, index) => table.readUInt32LE(index * 4));
}
