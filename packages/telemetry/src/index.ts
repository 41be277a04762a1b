export { startTracing, wantsTraces } from './start-tracing.js';
export type { StartTracingOptions } from './start-tracing.js';
export type { ActiveSpan, SpanOptions, Tracing } from './tracing.js';
