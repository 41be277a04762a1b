import type { GcsBucket } from '../../harness/gcs-server.js';
import type { RegistryOptions } from '../../harness/start-registry.js';
import type { OverCloud } from '../over-cloud.js';
import { overCloud } from '../over-cloud.js';

export function overGcs(bucket: GcsBucket, options: OverCloud = {}): RegistryOptions {
  // Keys as Distribution has them by default.
  return overCloud('gcs', bucket, { rootdirectory: '' }, options);
}
