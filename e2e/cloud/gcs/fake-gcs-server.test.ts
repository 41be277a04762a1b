import { startFakeGcs } from '../../harness/fake-gcs-server.js';
import { gcsConformance } from './conformance.js';

const conformance = gcsConformance('fake-gcs-server', startFakeGcs);
conformance.inProcess();
conformance.overIpc();
conformance.byCommand();
