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
    chunksize: 4 * MIB,
  }),
});
