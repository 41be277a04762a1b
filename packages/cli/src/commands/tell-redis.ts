import type { Logger, Removal } from '@outrigger/registry';
import type { RedisLink } from '../serve/redis.js';

/** Far fewer than a link has in mind at a time: what is too much for it is given up. */
const BATCH = 1000;
/** Of one batch. A connection is made first, and whoever runs the command can wait for it. */
const PATIENCE_MS = 15_000;

/** Takes what was collected out of the cache that Distribution keeps in Redis, and warns where it stays there. */
export async function tellRedis(
  redis: Pick<RedisLink, 'onDeleted' | 'onRemoved' | 'settle'>,
  log: Logger,
  removed: readonly Removal[],
): Promise<void> {
  for (let begin = 0; begin < removed.length; begin += BATCH) {
    for (const each of removed.slice(begin, begin + BATCH)) {
      if (each.kind === 'blob') redis.onDeleted({ text: each.digest });
      else if (each.kind !== 'referrer') redis.onRemoved({ name: each.name, digest: { text: each.digest } });
    }
    if (await redis.settle(PATIENCE_MS)) continue;
    log.warn(
      { removed: removed.length, told: begin },
      'Redis was not told of all that was collected: a Distribution that caches there may still answer for it, until its keys blobs:: and repository:: are deleted',
    );
    return;
  }
}
