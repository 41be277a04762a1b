import { MIB, scaled, seconds } from '../../harness/scale.js';
import { startSshd } from '../../harness/sshd-server.js';
import { registerCloudKills } from '../kills.js';
import { overSftp } from './sftp-registry.js';

registerCloudKills({
  title: 'kill -9 at random during pushes over SFTP',
  tool: 'sshd',
  start: startSshd,
  over: overSftp,
  size: 8 * MIB,
  cycles: scaled(3, 50),
  timeoutMs: seconds(600, 900),
  victims: { 'the driver': 'driver', 'the server': 'server' },
});
