import { availableParallelism } from 'node:os';
import type { Config } from '../config/config.js';

/** Beyond it the process that hands out the connections is the narrow place. */
const MOST_BY_ITSELF = 8;

/** How many processes serve. `auto`: one for each core; one where there can be no more, see parse-config.ts. */
export function countWorkers({ workers, storage }: Pick<Config, 'workers' | 'storage'>): number {
  if (workers !== 'auto') return workers;
  return storage.driver === 'inmemory' ? 1 : Math.min(MOST_BY_ITSELF, availableParallelism());
}
