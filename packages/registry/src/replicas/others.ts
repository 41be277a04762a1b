import type { StorageDriver } from '@outrigger/driver';
import { deleteIfPresent } from '../layout/delete-if-present.js';
import { listNames } from '../layout/list-directory.js';
import { readText } from '../layout/read-text.js';
import { REPLICAS, replica } from './paths.js';
import { familyOf, isDead } from './process-identity.js';

/** The processes that have a file on the store, but for one and its family. */
export interface Others {
  /** As they were found last. */
  readonly count: number;
  /**
   * Looks for them, and removes the files of the dead. False: the one itself has no file, or none any more: somebody took it for dead.
   *
   * @param known - one that a listing may not know yet
   */
  find(known?: string): Promise<boolean>;
}

export interface OthersOptions {
  readonly driver: StorageDriver;
  /** Of the one who looks. */
  readonly id: string;
  readonly familyId: string | undefined;
  readonly now: () => number;
}

/** One that has shown nothing for so long is dead. */
export const DEAD_MS = 60_000;

interface Other {
  readonly content: string;
  /** When this content was first seen. */
  readonly since: number;
}

export function createOthers({ driver, id: ownId, familyId, now }: OthersOptions): Others {
  let others = new Map<string, Other>();
  const isOfFamily = (content: string) => familyId !== undefined && familyOf(content) === familyId;
  const findAmong = async (ids: readonly string[]): Promise<Map<string, Other>> => {
    const found = new Map<string, Other>();
    for (const id of ids) {
      const content = await readText(driver, replica(id));
      if (content === undefined) continue;
      const known = others.get(id);
      const other = known?.content === content ? known : { content, since: now() };
      const isGone = isDead(content) || now() - other.since >= DEAD_MS;
      if (isGone) await deleteIfPresent(driver, replica(id));
      else if (!isOfFamily(content)) found.set(id, other);
    }
    return found;
  };
  return {
    get count() {
      return others.size;
    },
    async find(known) {
      const ids = new Set(await listNames(driver, REPLICAS));
      // A listing may be late, and say nothing of what was just written.
      const isThere = ids.delete(ownId) || (await readText(driver, replica(ownId))) !== undefined;
      if (known !== undefined && known !== ownId) ids.add(known);
      others = await findAmong([...ids]);
      return isThere;
    },
  };
}
