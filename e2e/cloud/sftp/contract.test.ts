import { sftp } from '@outrigger/plugin-sftp';
import { registerCloudConformance } from '../conformance.js';
import { startSshd } from '../../harness/sshd-server.js';

registerCloudConformance({
  driver: sftp,
  executable: 'packages/plugin-sftp/dist/main.js',
  tool: 'sshd',
  start: startSshd,
  parameters: async (server) => (await server.createStore()).parameters(),
});
