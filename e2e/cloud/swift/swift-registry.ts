import type { RegistryOptions } from '../../harness/start-registry.js';
import type { SwiftContainer } from '../../harness/swift-server.js';
import type { OverCloud } from '../over-cloud.js';
import { overCloud } from '../over-cloud.js';

export function overSwift(container: SwiftContainer, options: OverCloud = {}): RegistryOptions {
  // It has no root directory: a key without a value is none.
  return overCloud('swift', container, { rootdirectory: null }, options);
}
