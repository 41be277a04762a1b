/**
 * Below it lies a file for each registry that runs on the store. Not Distribution's: it never walks there.
 */
export const REPLICAS = '/docker/registry/v2/_outrigger/replicas';

/** Changed by every registry that comes, see bell.ts. */
export const BELL = '/docker/registry/v2/_outrigger/bell';

export function replica(id: string): string {
  return `${REPLICAS}/${id}`;
}
