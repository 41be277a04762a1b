import { s3 } from '@outrigger/plugin-s3';
import { startVersitygw } from '../../harness/versitygw-server.js';
import { registerCloudConformance } from '../conformance.js';

registerCloudConformance({
  driver: s3,
  executable: 'packages/plugin-s3/dist/main.js',
  tool: 'versitygw',
  start: startVersitygw,
  parameters: async (server) => (await server.createStore()).parameters(),
});
