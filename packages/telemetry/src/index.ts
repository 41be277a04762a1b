export { startTracing, wantsTraces } from './start-tracing.js';
export type { StartTracingOptions } from './options.js';
export type { ActiveSpan, SpanOptions, Tracing } from './tracing.js';
