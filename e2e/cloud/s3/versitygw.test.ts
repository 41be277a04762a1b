import { startVersitygw } from '../../harness/versitygw-server.js';
import { registerS3Conformance } from './conformance.js';

registerS3Conformance('versitygw', startVersitygw);
