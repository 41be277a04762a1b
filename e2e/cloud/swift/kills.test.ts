import { KIB, scaled, seconds } from '../../harness/scale.js';
import { SEGMENT, startSwift } from '../../harness/swift-server.js';
import { registerCloudKills } from '../kills.js';
import { overSwift } from './swift-registry.js';

registerCloudKills({
  title: 'kill -9 at random during pushes to Swift',
  tool: 'swift-server',
  start: startSwift,
  over: overSwift,
  // Two segments and a tail.
  size: 2 * SEGMENT + 300 * KIB,
  cycles: scaled(5, 50),
  timeoutMs: seconds(600, 1800),
  victims: {
    'the driver': 'driver',
    ...scaled<Record<string, 'host'>>({}, { 'the host': 'host' }),
    Swift: 'server',
  },
});
