import { azure } from '@outrigger/plugin-azure';
import { startAzurite } from '../../harness/azurite-server.js';
import { registerCloudConformance } from '../conformance.js';

registerCloudConformance({
  driver: azure,
  executable: 'packages/plugin-azure/dist/main.js',
  tool: 'azurite-blob',
  start: startAzurite,
  parameters: async (server) => (await server.createStore()).parameters(),
});
