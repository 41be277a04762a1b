import type { FileHandle } from 'node:fs/promises';
import { UnreadableSourceError } from '../failure.js';
import { readPart } from './file-blob.js';

export interface TarEntry {
  readonly path: string;
  /** Of the content in the archive. */
  readonly offset: number;
  readonly size: number;
  /** Undefined: a file. Otherwise another name of it. */
  readonly linkTo: string | undefined;
}

const BLOCK = 512;
/** What comes before an entry: names and sizes that do not fit into a header. */
const LONGEST_EXTENSION = 1024 * 1024;

/**
 * The files of an archive (POSIX ustar and pax, and GNU's long names), by their headers: content is skipped.
 *
 * @throws UnreadableSourceError it is none, or ends too early
 */
export async function* tarEntries(file: FileHandle): AsyncGenerator<TarEntry> {
  const { size: total } = await file.stat();
  if (total < BLOCK) throw noArchive();
  const header = Buffer.alloc(BLOCK);
  let extension: Extension = {};
  for (let at = 0; at + BLOCK <= total;) {
    const { bytesRead } = await file.read(header, 0, BLOCK, at);
    if (bytesRead < BLOCK || header.every((byte) => byte === 0)) return;
    checkHeader(header, at);
    const type = String.fromCharCode(header[156] ?? 0);
    const size = extension.size ?? numberOf(header.subarray(124, 136));
    const offset = at + BLOCK;
    if (!Number.isSafeInteger(size) || size < 0) throw new UnreadableSourceError('the archive is damaged');
    if (offset + size > total) throw new UnreadableSourceError('the archive ends in the middle of a file');
    at = offset + Math.ceil(size / BLOCK) * BLOCK;
    if (isExtension(type)) {
      if (size > LONGEST_EXTENSION) throw new UnreadableSourceError('the archive has a name without end');
      extension = { ...extension, ...extensionOf(type, await readPart({ file, offset, size })) };
      continue;
    }
    const path = extension.path ?? pathOf(header);
    const linkTo = extension.linkPath ?? textOf(header.subarray(157, 257));
    extension = {};
    if (type === '1' || type === '2') yield { path, offset, size: 0, linkTo };
    else if (type === '0' || type === '\0' || type === '7') yield { path, offset, size, linkTo: undefined };
  }
}

interface Extension {
  readonly path?: string;
  readonly linkPath?: string;
  readonly size?: number;
}

/** `x` is pax for the next entry, `g` pax for all, `L` and `K` are GNU's. */
function isExtension(type: string): boolean {
  return ['x', 'g', 'L', 'K'].includes(type);
}

function extensionOf(type: string, content: Buffer): Extension {
  if (type === 'L') return { path: textOf(content) };
  if (type === 'K') return { linkPath: textOf(content) };
  return type === 'x' ? paxOf(content) : {};
}

/** Records of `<length> <key>=<value>\n` (POSIX, pax, "pax Extended Header"). */
function paxOf(content: Buffer): Extension {
  let found: Extension = {};
  for (let at = 0; at < content.length;) {
    const space = content.indexOf(' ', at);
    const length = Number(content.toString('latin1', at, space));
    if (space === -1 || !Number.isSafeInteger(length) || length <= 0) return found;
    const [key, value] = splitOnce(content.toString('utf8', space + 1, at + length - 1));
    if (key === 'path') found = { ...found, path: value };
    else if (key === 'linkpath') found = { ...found, linkPath: value };
    else if (key === 'size') found = { ...found, size: Number(value) };
    at += length;
  }
  return found;
}

function splitOnce(record: string): [string, string] {
  const at = record.indexOf('=');
  return [record.slice(0, at), record.slice(at + 1)];
}

function pathOf(header: Buffer): string {
  const prefix = header.toString('latin1', 257, 262) === 'ustar' ? textOf(header.subarray(345, 500)) : '';
  const name = textOf(header.subarray(0, 100));
  return prefix === '' ? name : `${prefix}/${name}`;
}

function textOf(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? field.length : end);
}

/** Octal digits, or GNU's binary form for what is too large for them. */
function numberOf(field: Buffer): number {
  if (((field[0] ?? 0) & 0x80) !== 0) return Number(field.readBigUInt64BE(field.length - 8));
  const text = textOf(field).trim();
  return text === '' ? 0 : Number.parseInt(text, 8);
}

function checkHeader(header: Buffer, at: number): void {
  let sum = 0;
  for (let index = 0; index < BLOCK; index++)
    sum += index >= 148 && index < 156 ? 0x20 : (header[index] ?? 0);
  if (sum === numberOf(header.subarray(148, 156))) return;
  throw at === 0 ? noArchive() : new UnreadableSourceError('the archive is damaged');
}

function noArchive(): UnreadableSourceError {
  return new UnreadableSourceError('it is no tar archive');
}
