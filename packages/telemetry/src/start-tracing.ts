import type { Tracing } from './tracing.js';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface StartTracingOptions {
  /** Names of OpenTelemetry: OTEL_TRACES_EXPORTER and those that belong to it. */
  readonly environment: Environment;
  /** `service.name`, and `service.version`. */
  readonly service: string;
  readonly version: string;
  /** Whether OTEL_SERVICE_NAME, which names the registry, goes before `service`. */
  readonly isNamedByEnvironment: boolean;
  /** Hears of what cannot be exported, and of settings that cannot be followed. */
  readonly warn: (message: string) => void;
  /** Takes the lines of the exporter `console`. */
  readonly print: (line: string) => void;
}

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

export function exporterNames(list = ''): string[] {
  return list
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
}
