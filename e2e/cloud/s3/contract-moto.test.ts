import { s3 } from '@outrigger/plugin-s3';
import { startMoto } from '../../harness/moto-server.js';
import { registerCloudConformance } from '../conformance.js';

registerCloudConformance({
  driver: s3,
  executable: 'packages/plugin-s3/dist/main.js',
  tool: 'moto-server',
  start: startMoto,
  parameters: async (server) => (await server.createStore()).parameters(),
  // It is slow, and what the planes add to the suite is seen on the other server.
  command: undefined,
});
