import { RegistryError } from '../registry-error.js';

/** A tag (distribution-spec, "Pulling manifests"): 1 to 128 characters. */
export function isTag(text: string): boolean {
  return TAG_PATTERN.test(text);
}

/** @throws RegistryError TAG_INVALID */
export function checkTag(text: string): void {
  if (isTag(text)) return;
  const shown = text.length > 160 ? `${text.slice(0, 160)}...` : text;
  throw new RegistryError('TAG_INVALID', 'invalid tag', { tag: shown });
}

const TAG_PATTERN = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
