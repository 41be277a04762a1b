import type { StorageDriver } from '@outrigger/driver';
import { baseName } from '@outrigger/driver';
import { BLOBS } from './distribution/paths.js';
import type { LayoutKind } from './layout.js';
import { INDEX_FILE, LAYOUT_FILE, layoutFile } from './oci/paths.js';
import { orAbsent } from './or-absent.js';

/** So many directories below the root are looked into. */
const MAX_LOOKS = 16;

/**
 * Whether what lies below the root of a store has been written in another layout than the one it is to be served in.
 *
 * @returns what to say of it; undefined when nothing speaks for that
 */
export async function findOtherLayout(driver: StorageDriver, kind: LayoutKind): Promise<string | undefined> {
  const names = await listRoot(driver);
  if (names.includes(LAYOUT_FILE) || names.includes(INDEX_FILE)) return kind === 'oci' ? IS_A_LAYOUT : IS_OCI;
  if (kind === 'oci')
    return names.includes('docker') && (await isThere(driver, BLOBS)) ? IS_DISTRIBUTION : undefined;
  const others = names.filter((name) => name !== 'docker' && !name.startsWith('_')).slice(0, MAX_LOOKS);
  const found = await Promise.all(others.map((name) => isThere(driver, layoutFile(name))));
  return found.includes(true) ? IS_OCI : undefined;
}

const IS_A_LAYOUT =
  'the root of the store is itself an OCI image layout, and a layout is one repository: it is not served. ' +
  'Give its parent directory as the root, and its own name is the name of the repository';
const IS_OCI =
  'the store holds OCI image layouts, which are not served: outrigger.layout is distribution. Set it to oci to serve them';
const IS_DISTRIBUTION =
  'the store holds repositories in the layout of Distribution, which are not served: outrigger.layout is oci. ' +
  'Set it to distribution to serve them';

/** The first page is enough to tell. */
async function listRoot(driver: StorageDriver): Promise<string[]> {
  const page = await orAbsent(driver.list('/'));
  return (page?.entries ?? []).map(({ path }) => baseName(path));
}

async function isThere(driver: StorageDriver, path: string): Promise<boolean> {
  return (await orAbsent(driver.stat(path))) !== undefined;
}
