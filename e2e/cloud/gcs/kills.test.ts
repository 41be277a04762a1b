import { startFakeGcs } from '../../harness/fake-gcs-server.js';
import { KIB, scaled, seconds } from '../../harness/scale.js';
import { registerCloudKills } from '../kills.js';
import { overGcs } from './gcs-registry.js';

registerCloudKills({
  title: 'kill -9 at random during pushes to gcs',
  tool: 'fake-gcs-server',
  start: startFakeGcs,
  over: overGcs,
  // Forty parts, which are composed in two levels, and a tail.
  size: 40 * 256 * KIB + 100 * KIB,
  cycles: scaled(5, 50),
  timeoutMs: seconds(600, 900),
  // The server keeps everything in memory: what a killed store does is shown on S3.
  victims: { 'the driver': 'driver', 'the host': 'host' },
  abandoned: () => Promise.resolve([]),
});
