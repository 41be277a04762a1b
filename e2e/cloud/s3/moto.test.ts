import { startMoto } from '../../harness/moto-server.js';
import { registerS3Conformance } from './conformance.js';

registerS3Conformance('moto-server', startMoto);
