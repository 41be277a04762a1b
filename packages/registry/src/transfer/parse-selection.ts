import { isGlob } from '../access/glob.js';
import { parseDigest } from '../reference/digest.js';
import { checkName } from '../reference/name.js';
import { checkTag } from '../reference/tag.js';
import { RegistryError } from '../registry-error.js';
import type { Selection } from './selection.js';

/**
 * `name`, `name:tag`, `name@digest`, or a pattern of names.
 *
 * @throws RegistryError NAME_INVALID, TAG_INVALID, DIGEST_INVALID
 */
export function parseSelection(text: string): Selection {
  if (text.includes('*')) {
    if (isGlob(text)) return { pattern: text };
    throw new RegistryError('NAME_INVALID', 'invalid pattern of repository names', { name: text });
  }
  const at = text.indexOf('@');
  if (at !== -1) return { name: checked(text.slice(0, at)), digest: parseDigest(text.slice(at + 1)) };
  const colon = text.indexOf(':');
  if (colon === -1) return { pattern: checked(text) };
  const tag = text.slice(colon + 1);
  checkTag(tag);
  return { name: checked(text.slice(0, colon)), tag };
}

function checked(name: string): string {
  checkName(name);
  return name;
}
