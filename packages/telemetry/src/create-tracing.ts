import type { Context, Span } from '@opentelemetry/api';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { setGlobalErrorHandler } from '@opentelemetry/core';
import { TRACE_PARENT_HEADER, W3CTraceContextPropagator } from '@opentelemetry/core';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { createExporters } from './exporters.js';
import { createSampler } from './sampler.js';
import type { StartTracingOptions } from './options.js';
import type { ActiveSpan, SpanAttributes, SpanOptions, Tracing } from './tracing.js';

/** The end of a program waits no longer for a collector that does not answer. */
const CLOSE_MS = 2_000;

const KINDS = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  internal: SpanKind.INTERNAL,
} as const;

export async function createTracing(options: StartTracingOptions): Promise<Tracing> {
  setGlobalErrorHandler(warnOnce(options.warn));
  const exporters = await createExporters(options);
  const provider = new TracerProvider({
    resource: createResource(options),
    sampler: createSampler(options),
    spanProcessors: exporters.map(
      (exporter) => new BatchSpanProcessor({ exporter, ...batching(options.environment) }),
    ),
  });
  const tracer = provider.getTracer('outrigger', options.version);
  const contexts = new AsyncLocalStorageContextManager().enable();
  const propagator = new W3CTraceContextPropagator();

  const parentOf = (traceparent: string | undefined): Context =>
    traceparent === undefined
      ? contexts.active()
      : propagator.extract(ROOT_CONTEXT, { [TRACE_PARENT_HEADER]: traceparent }, GETTER);

  return {
    async span<T>(
      name: string,
      { kind, attributes, traceparent, answers = [] }: SpanOptions,
      run: (span: ActiveSpan) => Promise<T>,
    ) {
      const parent = parentOf(traceparent);
      const span = tracer.startSpan(name, { kind: KINDS[kind ?? 'internal'] }, parent);
      const active = activeSpan(span);
      active.set(attributes ?? {});
      try {
        return await contexts.with(trace.setSpan(parent, span), () => run(active));
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed';
        if (answers.includes(code)) active.set({ 'error.type': code });
        else active.fail(code);
        throw error;
      } finally {
        span.end();
      }
    },
    traceparent() {
      const carrier: Record<string, string> = {};
      propagator.inject(contexts.active(), carrier, SETTER);
      return carrier[TRACE_PARENT_HEADER];
    },
    async close() {
      const timer = new Promise((resolve) => setTimeout(resolve, CLOSE_MS).unref());
      await Promise.race([provider.shutdown().catch(() => undefined), timer]);
      contexts.disable();
    },
  };
}

const GETTER = {
  get: (carrier: Record<string, string>, key: string) => carrier[key],
  keys: (carrier: Record<string, string>) => Object.keys(carrier),
};

const SETTER = {
  set: (carrier: Record<string, string>, key: string, value: string) => {
    carrier[key] = value;
  },
};

function activeSpan(span: Span): ActiveSpan {
  return {
    set(attributes: SpanAttributes) {
      for (const [key, value] of Object.entries(attributes))
        if (value !== undefined) span.setAttribute(key, value);
    },
    fail: (message) => void span.setStatus({ code: SpanStatusCode.ERROR, message }),
  };
}

function createResource({ service, version, isNamedByEnvironment }: StartTracingOptions) {
  const own = resourceFromAttributes({ 'service.name': service, 'service.version': version });
  const environment = detectResources({ detectors: [envDetector] });
  return isNamedByEnvironment ? own.merge(environment) : environment.merge(own);
}

/** The names of OpenTelemetry for its batches. */
function batching(environment: StartTracingOptions['environment']) {
  const number = (name: string, preset: number) => {
    const value = Number(environment[name] ?? '');
    return Number.isInteger(value) && value > 0 ? value : preset;
  };
  const maxQueueSize = number('OTEL_BSP_MAX_QUEUE_SIZE', 2048);
  return {
    scheduledDelayMillis: number('OTEL_BSP_SCHEDULE_DELAY', 5_000),
    exportTimeoutMillis: number('OTEL_BSP_EXPORT_TIMEOUT', 30_000),
    maxQueueSize,
    maxExportBatchSize: Math.min(maxQueueSize, number('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 512)),
  };
}

/** A collector that is away is news once a minute, not once a batch. */
function warnOnce(warn: (message: string) => void): (error: unknown) => void {
  let next = 0;
  return (error) => {
    const now = performance.now();
    if (now < next) return;
    next = now + 60_000;
    warn(`traces could not be exported: ${error instanceof Error ? error.message : 'unknown reason'}`);
  };
}
