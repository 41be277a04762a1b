import type { CloudStore } from '../../harness/cloud-server.js';
import type { RegistryOptions } from '../../harness/start-registry.js';
import type { OverCloud } from '../over-cloud.js';
import { overCloud } from '../over-cloud.js';

export function overSftp(store: CloudStore, options: OverCloud = {}): RegistryOptions {
  return overCloud('sftp', store, {}, options);
}
