import { RegistryError } from '../registry-error.js';

/** The longest repository name, as in Distribution's reference package. */
export const MAX_NAME_LENGTH = 255;

/**
 * Checks a repository name (distribution-spec, "Pulling manifests").
 *
 * @throws RegistryError NAME_INVALID
 */
export function checkName(name: string): void {
  if (name.length > MAX_NAME_LENGTH) {
    const shown = `${name.slice(0, 64)}...`;
    throw new RegistryError('NAME_INVALID', `a name has at most ${MAX_NAME_LENGTH} characters`, {
      name: shown,
    });
  }
  if (!isName(name)) {
    throw new RegistryError('NAME_INVALID', 'invalid repository name', { name });
  }
}

/** Whether a text can be the name of a repository. */
export function isName(text: string): boolean {
  return (
    text.length <= MAX_NAME_LENGTH && text.split('/').every((component) => COMPONENT_PATTERN.test(component))
  );
}

/** One component: no part of it can be matched in two ways, so a mismatch is found in linear time. */
const COMPONENT_PATTERN = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
