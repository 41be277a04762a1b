import { startSwift } from '../../harness/swift-server.js';
import { findTool } from '../../harness/tool.js';
import { registerSwiftConformance } from './conformance.js';

const command = findTool('swift-server');
const isThere = typeof command === 'string';

registerSwiftConformance('Swift', isThere ? undefined : command.missing, () =>
  startSwift(isThere ? command : ''),
);
