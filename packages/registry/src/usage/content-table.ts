import type { Digest } from '../reference/digest.js';

/** Whose content is: of no repository, of one, or of several. */
const NOBODY = 0;
const MANY = 0xffff_ffff;

/** The sizes of all content of a store, and who has it. About 120 bytes of memory for each. */
export interface ContentTable {
  add(digest: Digest, size: number): void;
  /**
   * Tells that a repository has content.
   *
   * @param repository - its number, from 1
   * @returns its size; undefined when it is not in the store
   */
  use(digest: Digest, repository: number): number | undefined;
  /** Bytes in the store, once for each content. */
  stored(): Amount;
  /** What no repository has. */
  unused(): Amount;
  /** Bytes that only one repository has, by its number. */
  ownBytes(): ReadonlyMap<number, number>;
}

export interface Amount {
  readonly count: number;
  readonly bytes: number;
}

export function createContentTable(): ContentTable {
  const places = new Map<string, number>();
  let sizes = new Float64Array(1024);
  let owners = new Uint32Array(1024);
  const sum = (isMeant: (owner: number) => boolean): Amount => {
    let [count, bytes] = [0, 0];
    for (let at = 0; at < places.size; at++) {
      if (!isMeant(owners[at] ?? NOBODY)) continue;
      count++;
      bytes += sizes[at] ?? 0;
    }
    return { count, bytes };
  };
  return {
    add(digest, size) {
      const key = keyOf(digest);
      const place = places.get(key) ?? places.size;
      if (place === sizes.length) {
        const [formerSizes, formerOwners] = [sizes, owners];
        sizes = new Float64Array(2 * place);
        sizes.set(formerSizes);
        owners = new Uint32Array(2 * place);
        owners.set(formerOwners);
      }
      places.set(key, place);
      sizes[place] = size;
    },
    use(digest, repository) {
      const place = places.get(keyOf(digest));
      if (place === undefined) return undefined;
      const owner = owners[place];
      if (owner === NOBODY) owners[place] = repository;
      else if (owner !== repository) owners[place] = MANY;
      return sizes[place];
    },
    stored: () => sum(() => true),
    unused: () => sum((owner) => owner === NOBODY),
    ownBytes() {
      const own = new Map<number, number>();
      for (let at = 0; at < places.size; at++) {
        const owner = owners[at] ?? NOBODY;
        if (owner !== NOBODY && owner !== MANY) own.set(owner, (own.get(owner) ?? 0) + (sizes[at] ?? 0));
      }
      return own;
    },
  };
}

/** A third of the digest's text: a character for each byte. Those of two algorithms differ in length. */
function keyOf({ hex }: Digest): string {
  return Buffer.from(hex, 'hex').toString('latin1');
}
