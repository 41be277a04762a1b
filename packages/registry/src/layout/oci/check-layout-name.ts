import { RegistryError } from '../../registry-error.js';
import { ROOT } from '../paths.js';
import { BLOBS, INDEX_FILE, LAYOUT_FILE } from './paths.js';

/**
 * Refuses names whose directories would be part of another repository's layout, or of a store in Distribution's layout.
 *
 * @throws RegistryError NAME_INVALID
 */
export function checkLayoutName(name: string): void {
  const taken = name.split('/').find((part) => TAKEN.has(part));
  if (taken !== undefined)
    throw new RegistryError(
      'NAME_INVALID',
      `no part of a name can be ${taken} here: repositories are OCI image layouts, which have that themselves`,
      { name },
    );
  if (`/${name}/`.startsWith(`${ROOT}/`))
    throw new RegistryError('NAME_INVALID', `a store in the layout of Distribution would have that place`, {
      name,
    });
}

const TAKEN: ReadonlySet<string> = new Set([BLOBS, INDEX_FILE, LAYOUT_FILE]);
