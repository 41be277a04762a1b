import type { AzureContainer } from '../../harness/azurite-server.js';
import type { RegistryOptions } from '../../harness/start-registry.js';

export interface OverAzure {
  /** Of the account, through a proxy. */
  readonly url?: string;
  /** Where clients may be sent to. Default: nowhere. */
  readonly redirectHosts?: readonly string[];
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** A registry over a container, its driver in a process of its own. */
export function overAzure(
  container: AzureContainer,
  { url, redirectHosts = [], parameters }: OverAzure = {},
): RegistryOptions {
  return {
    driver: 'azure',
    parameters: { ...container.parameters(url), ...parameters },
    sections: { outrigger: { profile: 'strict', redirectHosts, limits: { uploadsPerUser: 0 } } },
  };
}
