import { gcs } from '@outrigger/plugin-gcs';
import { startFakeGcs } from '../../harness/fake-gcs-server.js';
import { registerCloudConformance } from '../conformance.js';

registerCloudConformance({
  driver: gcs,
  executable: 'packages/plugin-gcs/dist/main.js',
  tool: 'fake-gcs-server',
  start: startFakeGcs,
  parameters: async (server) => ({
    ...(await server.createStore()).parameters(),
    rootdirectory: 'some/root',
  }),
});
