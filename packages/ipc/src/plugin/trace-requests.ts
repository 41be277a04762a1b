import type { DriverFactory } from '@outrigger/driver';
import { startTracing, wantsTraces } from '@outrigger/telemetry';
import type { AroundRequest } from './trace-context.js';

/** What makes the spans of a driver's process, when its environment asks for them. */
export interface RequestTracing {
  readonly around: AroundRequest;
  /** Sends what has not been sent yet. Never rejects. */
  readonly close: () => Promise<void>;
}

/** The variables that a driver passes on from its host for this. */
export const TRACING_ENVIRONMENT = 'OTEL_*';

/** Undefined, and nothing loaded, unless OTEL_TRACES_EXPORTER asks for traces. stdout belongs to the protocol: lines go to stderr. */
export async function traceRequests({
  name,
  version,
}: Pick<DriverFactory, 'name' | 'version'>): Promise<RequestTracing | undefined> {
  if (!wantsTraces(process.env)) return undefined;
  const print = (line: string) => void process.stderr.write(`${line}\n`);
  const tracing = await startTracing({
    environment: process.env,
    service: `registry-storage-${name}`,
    version,
    isNamedByEnvironment: false,
    warn: print,
    print,
  });
  if (tracing === undefined) return undefined;
  return {
    around: (method, traceparent, run) =>
      tracing.span(
        `${name} ${method}`,
        {
          kind: 'server',
          traceparent,
          answers: ['PATH_NOT_FOUND'],
          attributes: { 'rpc.system': 'jsonrpc', 'rpc.method': method },
        },
        run,
      ),
    close: () => tracing.close(),
  };
}
