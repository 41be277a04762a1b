import { s3 } from '@outrigger/plugin-s3';
import { startMinio } from '../../harness/minio-server.js';
import { registerCloudConformance } from '../conformance.js';

registerCloudConformance({
  driver: s3,
  executable: 'packages/plugin-s3/dist/main.js',
  tool: 'minio',
  start: startMinio,
  parameters: async (server) => (await server.createStore()).parameters(),
});
