import { startGcpEmulator } from '../../harness/gcp-storage-emulator.js';
import { gcsConformance } from './conformance.js';

// Another program, which does without headers, pages and preconditions that the other one has.
gcsConformance('gcp-storage-emulator', startGcpEmulator).inProcess();
