import { startMoto } from '../../harness/moto-server.js';
import { scaled } from '../../harness/scale.js';
import { registerS3Conformance } from './conformance.js';

// It is slow, and what the planes add to the suite was seen on the other server.
registerS3Conformance('moto-server', startMoto, {
  planes: scaled<readonly ('inline' | 'socket')[]>([], ['inline', 'socket']),
  command: scaled<'socket' | undefined>(undefined, 'socket'),
});
