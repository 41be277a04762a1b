import { startAzurite } from '../../harness/azurite-server.js';
import { KIB, MIB, scaled, seconds } from '../../harness/scale.js';
import { registerCloudKills } from '../kills.js';
import { overAzure } from './azure-registry.js';

registerCloudKills({
  title: 'kill -9 at random during pushes to Azure',
  tool: 'azurite-blob',
  start: startAzurite,
  over: overAzure,
  // Two blocks and a tail.
  size: 16 * MIB + 300 * KIB,
  cycles: scaled(4, 50),
  timeoutMs: seconds(600, 1800),
  // The server saves every five seconds what it knows: what a killed store does is shown on S3.
  victims: { 'the driver': 'driver', ...scaled<Record<string, 'host'>>({}, { 'the host': 'host' }) },
  // Names are all that there is: blocks belong to one, and those of uncommitted blobs are listed too.
  abandoned: () => Promise.resolve([]),
});
