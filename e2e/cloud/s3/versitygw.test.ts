import { scaled } from '../../harness/scale.js';
import { startVersitygw } from '../../harness/versitygw-server.js';
import { registerS3Conformance } from './conformance.js';

// Between them, the short forms go over both planes.
registerS3Conformance('versitygw', startVersitygw, {
  planes: scaled<readonly ('inline' | 'socket')[]>(['socket'], ['inline', 'socket']),
  command: 'inline',
});
