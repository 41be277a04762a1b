import { expect, it } from 'vitest';
import { startTracing, wantsTraces } from '../src/index.js';
import type { StartTracingOptions } from '../src/index.js';

function options(environment: Record<string, string>) {
  const lines: string[] = [];
  const warnings: string[] = [];
  const all: StartTracingOptions = {
    environment,
    service: 'test',
    version: '1',
    isNamedByEnvironment: true,
    warn: (message) => warnings.push(message),
    print: (line) => lines.push(line),
  };
  return { all, lines, warnings };
}

it.each([
  [{}, false],
  [{ OTEL_TRACES_EXPORTER: '' }, false],
  [{ OTEL_TRACES_EXPORTER: 'none' }, false],
  [{ OTEL_TRACES_EXPORTER: 'otlp' }, true],
  [{ OTEL_TRACES_EXPORTER: 'none,console' }, true],
  [{ OTEL_TRACES_EXPORTER: 'otlp', OTEL_SDK_DISABLED: 'true' }, false],
])('%j: traces %s', (environment, wanted) => {
  expect(wantsTraces(environment)).toBe(wanted);
});

it('makes nested spans of one trace, below a parent of another process', async () => {
  const { all, lines } = options({ OTEL_TRACES_EXPORTER: 'console' });
  const tracing = await startTracing(all);
  if (tracing === undefined) throw new Error('no tracing');
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  expect(tracing.traceparent()).toBeUndefined();
  await tracing.span('outer', { traceparent, kind: 'server' }, async () => {
    await tracing.span('inner', { attributes: { size: 3 } }, async () => {
      expect(tracing.traceparent()).toMatch(new RegExp(`^00-${'a'.repeat(32)}-[0-9a-f]{16}-01$`));
    });
  });
  const failing = tracing.span('failing', {}, () => Promise.reject(new Error('secret of the backend')));
  await expect(failing).rejects.toThrow();
  await tracing.close();
  const spans = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const [inner, outer, failed] = spans;
  expect(outer).toMatchObject({ span: 'outer', traceId: 'a'.repeat(32), parentSpanId: 'b'.repeat(16) });
  expect(inner).toMatchObject({ span: 'inner', parentSpanId: outer?.spanId, attributes: { size: 3 } });
  expect(failed).toMatchObject({ span: 'failing', error: 'failed' });
  expect(lines.join('')).not.toContain('secret of the backend');
});

it('says what it cannot follow, and goes on', async () => {
  const { all, warnings } = options({
    OTEL_TRACES_EXPORTER: 'otlp,zipkin',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_TRACES_SAMPLER: 'mine',
  });
  const tracing = await startTracing(all);
  await tracing?.span('any', {}, async () => undefined);
  await tracing?.close();
  expect(warnings).toHaveLength(3);
  expect(warnings[0]).toContain('http/protobuf');
});

it('does not sample what it is told to leave out', async () => {
  const { all, lines } = options({ OTEL_TRACES_EXPORTER: 'console', OTEL_TRACES_SAMPLER: 'always_off' });
  const tracing = await startTracing(all);
  await tracing?.span('any', {}, async () => undefined);
  await tracing?.close();
  expect(lines).toEqual([]);
});
