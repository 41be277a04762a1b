import { KIB, scaled, seconds } from '../../harness/scale.js';
import { startVersitygw } from '../../harness/versitygw-server.js';
import { registerCloudKills } from '../kills.js';
import { PART, overS3 } from './s3-registry.js';

registerCloudKills({
  title: 'kill -9 at random during pushes to S3',
  tool: 'versitygw',
  start: startVersitygw,
  over: overS3,
  // A part and a tail.
  size: PART + 300 * KIB,
  cycles: scaled(10, 50),
  timeoutMs: seconds(600, 1800),
  victims: { 'the driver': 'driver', 'the host': 'host', 'the S3 server': 'server' },
  abandoned: (bucket) => bucket.openMultiparts(),
});
