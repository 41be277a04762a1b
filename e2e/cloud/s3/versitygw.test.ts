import { scaled } from '../../harness/scale.js';
import { startVersitygw } from '../../harness/versitygw-server.js';
import { registerS3Conformance } from './conformance.js';

// The command goes over the contract on its plane, and over the protocol.
registerS3Conformance('versitygw', startVersitygw, {
  planes: scaled<readonly ('inline' | 'socket')[]>([], ['inline', 'socket']),
  command: 'socket',
});
