import { startFakeGcs } from '../../harness/fake-gcs-server.js';
import { registerGcsConformance } from './conformance.js';

registerGcsConformance('fake-gcs-server', startFakeGcs);
