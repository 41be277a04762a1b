import { startSwift } from '../../harness/swift-server.js';
import { findTool } from '../../harness/tool.js';
import { registerSwiftConformance } from './conformance.js';

const command = findTool('swift-server');
const missing = typeof command === 'string' ? undefined : command.missing;

registerSwiftConformance('Swift', missing, () => startSwift(String(command)));
