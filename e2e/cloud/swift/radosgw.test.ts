import { swift } from '@outrigger/plugin-swift';
import { startRadosgwSwift } from '../../harness/radosgw-server.js';
import { MIB } from '../../harness/scale.js';
import { registerCloudConformance } from '../conformance.js';

registerCloudConformance({
  driver: swift,
  executable: 'packages/plugin-swift/dist/main.js',
  tool: 'radosgw',
  start: startRadosgwSwift,
  parameters: async (server) => ({
    ...(await server.createStore()).parameters(),
    // Of 1000 segments at most, the largest content of the suite has 640.
    chunksize: 8 * MIB,
  }),
});
