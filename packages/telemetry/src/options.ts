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

/** What OTEL_TRACES_EXPORTER names. */
export function exporterNames(list = ''): string[] {
  return list
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
}
