export { registerInProcessSuite } from './vitest/register-in-process-suite.js';
export type { InProcessSuiteOptions } from './vitest/register-in-process-suite.js';
export { registerIpcSuite } from './vitest/register-ipc-suite.js';
export type { IpcSuiteOptions } from './vitest/register-ipc-suite.js';
