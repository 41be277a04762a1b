import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { expect } from 'vitest';
import { listEntries } from './list-entries.js';

const HEX = '(?:sha256/[0-9a-f]{64}|sha512/[0-9a-f]{128})';
const REPOSITORY = 'docker/registry/v2/repositories/[a-z0-9._/-]+?';

/** Distribution's layout (registry/storage/paths.go), and what is ours beside it, in directories that its walks skip. */
const FILES = {
  blob: /^docker\/registry\/v2\/blobs\/(sha256|sha512)\/([0-9a-f]{2})\/(\2[0-9a-f]+)\/data$/,
  link: new RegExp(
    `^${REPOSITORY}/(?:_layers|_manifests/revisions|_manifests/tags/\\w[\\w.-]*/index)/${HEX}/link$`,
  ),
  current: new RegExp(`^${REPOSITORY}/_manifests/tags/\\w[\\w.-]*/current/link$`),
  upload: new RegExp(`^${REPOSITORY}/_uploads/[0-9a-f-]{36}/(?:data|startedat)$`),
  hashState: new RegExp(`^${REPOSITORY}/_uploads/[0-9a-f-]{36}/hashstates/\\w+/\\d+$`),
  ours: /^(?:docker\/registry\/v2\/(?:repositories\/[a-z0-9._/-]+?\/)?)?_outrigger(?:-[a-z]+)?\//,
} as const;

/** Files that a writer had not given their names yet when it was killed. Both registries name them so. */
const UNFINISHED = /\.[0-9a-f-]{36}\.tmp$/;

/** What a store holds of each kind, as paths below it. */
export type StoreFiles = Readonly<Record<keyof typeof FILES, readonly string[]>>;

/** Every file of a store is one that the layout knows, every link holds a digest, and every blob has its own. */
export async function checkStore(directory: string): Promise<StoreFiles> {
  const files = await listStore(directory);
  for (const file of files.blob) await checkBlob(directory, file);
  for (const file of [...files.link, ...files.current]) {
    const text = await readFile(join(directory, file), 'latin1');
    expect(text, file).toMatch(/^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/);
  }
  return files;
}

/** The same without a look at what is in the files. */
export async function listStore(directory: string): Promise<StoreFiles> {
  return sortFiles((await listEntries(directory)).filter((path) => !path.endsWith('/')));
}

/** Every path is one that the layout knows. */
export function sortFiles(paths: readonly string[]): StoreFiles {
  const found: Record<keyof typeof FILES, string[]> = {
    blob: [],
    link: [],
    current: [],
    upload: [],
    hashState: [],
    ours: [],
  };
  const strangers: string[] = [];
  for (const path of paths) {
    if (UNFINISHED.test(path)) continue;
    const kind = KINDS.find((each) => FILES[each].test(path));
    if (kind === undefined) strangers.push(path);
    else found[kind].push(path);
  }
  expect(strangers, 'files that the layout does not know').toEqual([]);
  return found;
}

const KINDS = ['blob', 'link', 'current', 'upload', 'hashState', 'ours'] as const;

async function checkBlob(directory: string, file: string): Promise<void> {
  const [, algorithm = '', , hex] = FILES.blob.exec(file) ?? [];
  const hash = createHash(algorithm);
  await pipeline(createReadStream(join(directory, file)), hash);
  expect(hash.digest('hex'), file).toBe(hex);
}
