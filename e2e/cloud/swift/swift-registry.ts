import type { RegistryOptions } from '../../harness/start-registry.js';
import type { SwiftContainer } from '../../harness/swift-server.js';

export interface OverSwift {
  /** Where clients may be sent to. Default: nowhere. */
  readonly redirectHosts?: readonly string[];
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** A registry over a container, its driver in a process of its own. */
export function overSwift(
  container: SwiftContainer,
  { redirectHosts = [], parameters }: OverSwift = {},
): RegistryOptions {
  return {
    driver: 'swift',
    // It has no root directory: a key without a value is none.
    parameters: { rootdirectory: null, ...container.parameters(), ...parameters },
    sections: { outrigger: { profile: 'strict', redirectHosts, limits: { uploadsPerUser: 0 } } },
  };
}
