import type { Environment, StartTracingOptions } from './options.js';
import { exporterNames } from './options.js';
import type { Tracing } from './tracing.js';

/** Whether the environment asks for traces. Unlike in Distribution, silence means no. */
export function wantsTraces({ OTEL_TRACES_EXPORTER, OTEL_SDK_DISABLED }: Environment): boolean {
  if (OTEL_SDK_DISABLED?.toLowerCase() === 'true') return false;
  return exporterNames(OTEL_TRACES_EXPORTER).some((name) => name !== 'none');
}

/** Loads OpenTelemetry and starts to trace, if the environment asks for it. */
export async function startTracing(options: StartTracingOptions): Promise<Tracing | undefined> {
  if (!wantsTraces(options.environment)) return undefined;
  const { createTracing } = await import('./create-tracing.js');
  return createTracing(options);
}
