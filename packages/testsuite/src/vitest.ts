export { registerInProcessSuite } from './vitest/register-in-process-suite.js';
export type { InProcessSuiteOptions } from './vitest/register-in-process-suite.js';
