import { swift } from '@outrigger/plugin-swift';
import { MIB } from '../../harness/scale.js';
import { startSwift } from '../../harness/swift-server.js';
import { registerCloudConformance } from '../conformance.js';

registerCloudConformance({
  driver: swift,
  executable: 'packages/plugin-swift/dist/main.js',
  tool: 'swift-server',
  start: startSwift,
  // Some content of the suite has several segments.
  parameters: async (server) => ({
    ...(await server.createStore()).parameters(),
    prefix: 'some/prefix',
    chunksize: 4 * MIB,
  }),
});
