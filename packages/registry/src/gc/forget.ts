import type { ContentCache } from '../content/content-cache.js';
import type { Facts } from '../content/facts.js';
import type { Links } from '../layout/links.js';
import { layerLink, revisionLink } from '../layout/paths.js';
import type { Gate } from './gate.js';
import { parseKey } from './keys.js';

/** What a process remembers of its store. */
export interface Remembered {
  readonly cache: ContentCache;
  readonly links: Links;
  readonly sizes: Facts<number>;
}

/**
 * Nothing that is remembered of garbage may outlive it, whichever replica deletes it.
 *
 * @param isOfFamily - another process, which remembers links as this one does, may be the one that deletes
 */
export function forgetGarbage(gate: Gate, { cache, links, sizes }: Remembered, isOfFamily: boolean): void {
  gate.listen({
    frozen(keys) {
      if (isOfFamily) links.forgetContent([...keys].map((key) => parseKey(key).digest));
      for (const key of keys) {
        const { name, digest } = parseKey(key);
        if (name !== undefined) continue;
        cache.forget(digest);
        sizes.forget(digest.text);
      }
    },
    removed({ name, digest, kind }) {
      if (kind === 'manifest') links.forget(revisionLink(name, digest));
      else links.forget(layerLink(name, digest));
    },
  });
}
