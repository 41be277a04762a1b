import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { posix } from 'node:path';
import { compareNames } from '@outrigger/driver';
import type { FilePart } from './file-blob.js';
import { fileBlob, readPart, unreadable } from './file-blob.js';
import type { Files } from './files.js';
import { UnreadableSourceError } from '../failure.js';
import { MARKER, tooLarge } from './files.js';
import { tarEntries } from './tar-headers.js';

/**
 * A tar archive of this machine, not compressed. One pass finds where everything lies; content is read from where it lies then.
 *
 * @throws UnreadableSourceError
 */
export async function tarFiles(path: string): Promise<Files> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw unreadable(path, error);
  });
  try {
    await refuseCompressed(file);
    const { parts, links } = await findParts(file);
    const find = (wanted: string): FilePart | undefined => parts.get(resolveLink(wanted, parts, links));
    return {
      layouts: () => Promise.resolve(layoutsOf(parts)),
      async read(wanted, limit) {
        const part = find(wanted);
        if (part !== undefined && part.size > limit) throw tooLarge(wanted, limit);
        return part && (await readPart(part));
      },
      size: (wanted) => Promise.resolve(find(wanted)?.size),
      open(wanted) {
        const part = find(wanted);
        return Promise.resolve(part && fileBlob(part, () => Promise.resolve()));
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    if (!(error instanceof UnreadableSourceError)) throw error;
    throw new UnreadableSourceError(`${path}: ${error.message}`, error);
  }
}

interface Found {
  readonly parts: ReadonlyMap<string, FilePart>;
  readonly links: ReadonlyMap<string, string>;
}

/** Of two entries of one name the later one counts, as when they are extracted. */
async function findParts(file: FileHandle): Promise<Found> {
  const parts = new Map<string, FilePart>();
  const links = new Map<string, string>();
  for await (const { path, offset, size, linkTo } of tarEntries(file)) {
    const name = relative(path);
    if (name === undefined) continue;
    if (linkTo === undefined) parts.set(name, { file, offset, size });
    else links.set(name, linkTo);
  }
  return { parts, links };
}

/** Undefined for a path that would leave the archive. */
function relative(path: string): string | undefined {
  const name = posix.normalize(path).replace(/^\/+/, '');
  return name === '..' || name.startsWith('../') ? undefined : name;
}

/** One step: a hard link names a path of the archive, a symbolic one a path beside it. */
function resolveLink(path: string, parts: Found['parts'], links: Found['links']): string {
  const target = links.get(path);
  if (target === undefined || parts.has(path)) return path;
  const direct = relative(target);
  if (direct !== undefined && parts.has(direct)) return direct;
  return relative(posix.join(posix.dirname(path), target)) ?? path;
}

function layoutsOf(parts: Found['parts']): string[] {
  const markers = [...parts.keys()].filter((path) => posix.basename(path) === MARKER);
  return markers.map((path) => (path === MARKER ? '' : posix.dirname(path))).sort(compareNames);
}

const MAGICS: readonly (readonly [string, readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ['bzip2', [0x42, 0x5a, 0x68]],
];

async function refuseCompressed(file: FileHandle): Promise<void> {
  const head = Buffer.alloc(8);
  await file.read(head, 0, head.length, 0);
  const how = MAGICS.find(([, magic]) => magic.every((byte, index) => head[index] === byte))?.[0];
  if (how !== undefined)
    throw new UnreadableSourceError(
      `the archive is compressed with ${how}: unpack that first, content is read from where it lies`,
    );
}
