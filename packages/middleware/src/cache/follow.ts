import { CHUNK } from './entry-format.js';
import type { Fill } from './fill.js';
import { CacheFault, readVerified } from './read-verified.js';
import type { Source } from './readers.js';

/** How long a reader waits for the one that fetches: its client may be slower. */
const PATIENCE_MS = 1000;

/**
 * What another reader is fetching, from the disk, as it comes. Undefined: it comes no more.
 */
export function follow(fill: Fill, modTime: Date, signal: AbortSignal | undefined): Source | undefined {
  const release = fill.share();
  if (release === undefined) return undefined;
  let spare: Uint8Array | undefined;
  return {
    size: fill.size,
    modTime,
    async read(into, position, end) {
      const index = Math.floor(position / CHUNK);
      if (fill.sums.length <= index && !(await comes(fill, index, signal)))
        throw new CacheFault('what another reader fetched comes no more');
      const { handle, size, sums } = fill;
      if (handle === undefined) throw new CacheFault('there is no file');
      return readVerified(
        { handle, size, sums },
        into,
        { position, end },
        () => (spare ??= new Uint8Array(CHUNK)),
      );
    },
    close() {
      release();
      return Promise.resolve();
    },
  };
}

async function comes(fill: Fill, index: number, signal: AbortSignal | undefined): Promise<boolean> {
  const over = Promise.withResolvers<false>();
  const giveUp = () => over.resolve(false);
  const timer = setTimeout(giveUp, PATIENCE_MS);
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([fill.sumsBeyond(index), over.promise]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
  }
}
