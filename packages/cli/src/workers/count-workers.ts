import { availableParallelism } from 'node:os';
import type { Config } from '../config/config.js';
import { storagesOf } from '../config/stores.js';

/** Beyond it the process that hands out the connections is the narrow place. */
const MOST_BY_ITSELF = 8;

/** How many processes serve. `auto`: one for each core; one where there can be no more, see parse-config.ts. */
export function countWorkers(config: Pick<Config, 'workers' | 'storage' | 'stores'>): number {
  if (config.workers !== 'auto') return config.workers;
  return storagesOf(config).some(({ driver }) => driver === 'inmemory')
    ? 1
    : Math.min(MOST_BY_ITSELF, availableParallelism());
}
