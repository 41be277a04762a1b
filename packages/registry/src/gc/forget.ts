import type { ContentCache } from '../content/content-cache.js';
import type { Facts } from '../content/facts.js';
import type { Layout } from '../layout/layout.js';
import type { Gate } from './gate.js';
import { parseKey } from './keys.js';

/** What a process remembers of its store. */
export interface Remembered {
  readonly cache: ContentCache;
  readonly layout: Layout;
  readonly sizes: Facts<number>;
}

/**
 * Nothing that is remembered of garbage may outlive it, whichever replica deletes it.
 *
 * @param isOfFamily - another process, which remembers links as this one does, may be the one that deletes
 */
export function forgetGarbage(gate: Gate, { cache, layout, sizes }: Remembered, isOfFamily: boolean): void {
  gate.listen({
    frozen(keys) {
      if (isOfFamily) layout.forgetContent([...keys].map((key) => parseKey(key).digest));
      for (const key of keys) {
        const { name, digest } = parseKey(key);
        // A manifest's membership may have a key of its own, and then is no content.
        if (key !== layout.contentKey(name ?? '', digest)) continue;
        cache.forget(digest);
        sizes.forget(key);
      }
    },
    removed({ name, digest, kind }) {
      layout.forget(name, { digest, kind });
    },
  });
}
