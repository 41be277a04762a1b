import type { Call } from './call.js';

/** end-1: tells that this is a registry. */
export function getBase({ ctx }: Call): void {
  ctx.type = 'application/json';
  ctx.body = '{}';
}
