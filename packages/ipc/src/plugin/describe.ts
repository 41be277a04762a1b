import type { DriverFactory } from '@outrigger/driver';
import type { Description } from '../protocol/description.js';
import { PROTOCOL_VERSIONS } from '../protocol/initialize.js';
import { TRACING_ENVIRONMENT } from './trace-requests.js';

/** What `--describe` prints. */
export function describeFactory(factory: DriverFactory): Description {
  const { name, version, parameters, environment, capabilities, concurrency } = factory;
  const { roots: _roots, ...switches } = capabilities;
  return {
    name,
    version,
    protocolVersions: [...PROTOCOL_VERSIONS],
    parameters,
    environment: [...new Set([...environment, TRACING_ENVIRONMENT])],
    dataPlanes: capabilities.localFiles === true ? ['inline', 'socket', 'file'] : ['inline', 'socket'],
    capabilities: switches,
    ...(concurrency === undefined ? {} : { concurrency }),
  };
}
