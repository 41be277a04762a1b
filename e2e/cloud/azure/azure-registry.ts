import type { AzureContainer } from '../../harness/azurite-server.js';
import type { RegistryOptions } from '../../harness/start-registry.js';
import type { OverCloud } from '../over-cloud.js';
import { overCloud } from '../over-cloud.js';

export function overAzure(container: AzureContainer, options: OverCloud = {}): RegistryOptions {
  return overCloud('azure', container, {}, options);
}
