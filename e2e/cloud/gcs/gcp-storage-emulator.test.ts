import { startGcpEmulator } from '../../harness/gcp-storage-emulator.js';
import { registerGcsConformance } from './conformance.js';

registerGcsConformance('gcp-storage-emulator', startGcpEmulator);
