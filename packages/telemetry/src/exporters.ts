import type { ExportResult } from '@opentelemetry/core';
import { ExportResultCode, hrTimeToMilliseconds } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { StartTracingOptions } from './options.js';
import { exporterNames } from './options.js';

/** What OTEL_TRACES_EXPORTER names. The exporters read their own settings from the environment. */
export async function createExporters(options: StartTracingOptions): Promise<SpanExporter[]> {
  const exporters: SpanExporter[] = [];
  for (const name of exporterNames(options.environment.OTEL_TRACES_EXPORTER)) {
    if (name === 'otlp') exporters.push(...(await createOtlp(options)));
    else if (name === 'console') exporters.push(lineExporter(options.print));
    else if (name !== 'none')
      options.warn(`OTEL_TRACES_EXPORTER: there is no exporter ${JSON.stringify(name)}`);
  }
  return exporters;
}

async function createOtlp({ environment, warn }: StartTracingOptions): Promise<SpanExporter[]> {
  const protocol =
    environment.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? environment.OTEL_EXPORTER_OTLP_PROTOCOL ?? '';
  switch (protocol) {
    case '':
    case 'http/protobuf': {
      const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto');
      return [new OTLPTraceExporter()];
    }
    case 'http/json': {
      const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
      return [new OTLPTraceExporter()];
    }
    default:
      warn(
        `OTEL_EXPORTER_OTLP_PROTOCOL: ${JSON.stringify(protocol)} is not spoken, no traces are sent: set http/protobuf or http/json`,
      );
      return [];
  }
}

/** One line of JSON for a span. */
function lineExporter(print: (line: string) => void): SpanExporter {
  return {
    export(spans: ReadableSpan[], done: (result: ExportResult) => void) {
      for (const span of spans) print(JSON.stringify(describe(span)));
      done({ code: ExportResultCode.SUCCESS });
    },
    shutdown: () => Promise.resolve(),
  };
}

function describe(span: ReadableSpan): object {
  const { traceId, spanId } = span.spanContext();
  return {
    span: span.name,
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId,
    start: new Date(hrTimeToMilliseconds(span.startTime)).toISOString(),
    ms: hrTimeToMilliseconds(span.duration),
    ...(span.status.message === undefined ? {} : { error: span.status.message }),
    attributes: span.attributes,
  };
}
