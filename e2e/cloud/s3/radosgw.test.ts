import { s3 } from '@outrigger/plugin-s3';
import { startRadosgwS3 } from '../../harness/radosgw-server.js';
import { registerCloudConformance } from '../conformance.js';

registerCloudConformance({
  driver: s3,
  executable: 'packages/plugin-s3/dist/main.js',
  tool: 'radosgw',
  start: startRadosgwS3,
  parameters: async (server) => (await server.createStore()).parameters(),
});
