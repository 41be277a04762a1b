import type { GcsBucket } from '../../harness/gcs-server.js';
import type { RegistryOptions } from '../../harness/start-registry.js';
import type { OverCloud } from '../over-cloud.js';
import { overCloud } from '../over-cloud.js';

export function overGcs(bucket: GcsBucket, options: OverCloud = {}): RegistryOptions {
  // Keys as Distribution has them by default.
  return overCloud('gcs', bucket, { rootdirectory: '' }, options);
}

/** What is in a bucket beside content, at the end of a test: nothing of an upload. */
export function leftovers(keys: readonly string[]): string[] {
  return keys.filter((key) => key.includes('/_uploads/') || key.includes('_outrigger-uploads'));
}
