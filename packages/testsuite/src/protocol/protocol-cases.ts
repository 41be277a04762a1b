import type { ConformanceCase } from '../case.js';
import { cancellingCases } from './cases/cancelling.js';
import { crashCases } from './cases/crash.js';
import { endingCases } from './cases/ending.js';
import { framingCases } from './cases/framing.js';
import { handshakeCases } from './cases/handshake.js';
import { limitCases } from './cases/limits.js';
import { localWriteCases } from './cases/local-writes.js';
import { outputCases } from './cases/output.js';
import { repeatCases } from './cases/repeats.js';
import { pipeliningCases } from './cases/pipelining.js';
import { refusalCases } from './cases/refusals.js';
import { requestCases } from './cases/requests.js';
import { socketCases } from './cases/socket.js';
import type { ProtocolContext } from './protocol-context.js';

/** Every case of the protocol: for an executable in any language, in raw bytes. */
export const protocolCases: readonly ConformanceCase<ProtocolContext>[] = [
  ...handshakeCases,
  ...requestCases,
  ...limitCases,
  ...refusalCases,
  ...pipeliningCases,
  ...localWriteCases,
  ...socketCases,
  ...cancellingCases,
  ...framingCases,
  ...endingCases,
  ...repeatCases,
  ...crashCases,
  ...outputCases,
];
