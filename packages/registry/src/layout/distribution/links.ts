import type { CallOptions, StorageDriver } from '@outrigger/driver';
import { createFacts } from '../../content/facts.js';
import type { Digest } from '../../reference/digest.js';
import { tryParseDigest } from '../../reference/digest.js';
import type { Family } from '../../replicas/family.js';
import { keysOfKind } from '../../replicas/family.js';
import type { Presence } from '../../replicas/presence.js';
import { moveAside } from '../aside.js';
import { deleteIfPresent } from '../delete-if-present.js';
import { orAbsent } from '../or-absent.js';

/**
 * What a link names; undefined when there is no link, or one that holds no digest (a crash of a store without fsync
 * leaves such files; the next push of the same content writes the link anew).
 */
export async function readLink(
  driver: StorageDriver,
  path: string,
  options?: CallOptions,
): Promise<Digest | undefined> {
  const content = await orAbsent(driver.get(path, options));
  if (content === undefined) return undefined;
  return tryParseDigest(
    Buffer.from(content.buffer, content.byteOffset, content.length).toString('latin1').trim(),
  );
}

/** The links of a store, as this process knows them. A link that goes with a directory above its own is none of them. */
export interface Links {
  /** As {@link readLink}. */
  read(path: string, options?: CallOptions): Promise<Digest | undefined>;
  /** What is surely so, without a look. */
  known(path: string): Digest | undefined;
  /** Durable when it resolves. Idempotent. */
  write(path: string, digest: Digest): Promise<void>;
  /** Writes the link unless it names `digest` already: a read is cheaper than a durable write. */
  ensure(path: string, digest: Digest): Promise<void>;
  /** Deletes the directory that holds the link at `path`; answers whether it was there. */
  delete(directory: string, path: string): Promise<boolean>;
  /** Somebody else changed the link. */
  forget(path: string): void;
  /** Somebody else changed links to such content, wherever they are. */
  forgetContent(digests: readonly Digest[]): void;
}

/** @param maxAgeMs - how long a link is believed, in milliseconds */
export function createLinks(
  driver: StorageDriver,
  presence: Presence,
  family?: Family,
  maxAgeMs?: number,
): Links {
  const shared = family && keysOfKind(family, 'link');
  const facts = createFacts<Digest>(presence.family, MAX_LINKS, { shared, maxAgeMs });
  const read: Links['read'] = (path, options) =>
    facts.find(path, (lookOptions) => readLink(driver, path, lookOptions), options);
  const write: Links['write'] = (path, digest) => {
    const put = () => putLink(driver, path, digest);
    return isNamedFor(path, digest) ? facts.add(path, put, digest) : facts.change(path, put, digest);
  };
  return {
    read,
    known: (path) => facts.get(path),
    write,
    async ensure(path, digest) {
      if ((await read(path))?.text !== digest.text) await write(path, digest);
    },
    delete: (directory, path) =>
      facts.change(path, () =>
        presence.isAlone() || !movesDirectoriesAtOnce(driver)
          ? deleteIfPresent(driver, directory)
          : deleteAtOnce(driver, directory),
      ),
    forget: (path) => facts.forget(path),
    forgetContent(digests) {
      const gone = new Set(digests.map(({ text }) => text));
      facts.forgetWhere(
        (path, { text }) => gone.has(text) || digests.some((digest) => isNamedFor(path, digest)),
      );
    },
  };
}

/** Such a link never names anything else. */
function isNamedFor(path: string, { algorithm, hex }: Digest): boolean {
  return path.endsWith(`/${algorithm}/${hex}/link`);
}

/**
 * A flat store has no directories that could be in the way: each object is deleted by itself, once, and the link is gone with its own. There
 * a move would copy and delete object by object, for many times the requests, and take no less of what another replica puts there meanwhile.
 */
export function movesDirectoriesAtOnce({ capabilities }: StorageDriver): boolean {
  return capabilities.atomicDirectoryMove === true;
}

/**
 * A directory that is deleted file by file, until it is empty, could take what another replica puts into it meanwhile, and has acknowledged.
 */
async function deleteAtOnce(driver: StorageDriver, directory: string): Promise<boolean> {
  const aside = await moveAside(driver, directory);
  if (aside === undefined) return false;
  await deleteIfPresent(driver, aside);
  return true;
}

/** About 300 bytes each. */
const MAX_LINKS = 16_384;

/** Durable when it resolves. Idempotent. */
export async function putLink(driver: StorageDriver, path: string, digest: Digest): Promise<void> {
  await driver.put(path, Buffer.from(digest.text, 'latin1'));
}
