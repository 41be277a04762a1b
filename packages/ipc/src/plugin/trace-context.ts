import { AsyncLocalStorage } from 'node:async_hooks';

const requests = new AsyncLocalStorage<string>();

/**
 * The W3C `traceparent` that came with the request that is worked on, for a driver that traces by itself or passes it to its
 * backend. Undefined when the host does not trace.
 */
export function currentTraceparent(): string | undefined {
  return requests.getStore();
}

/** Serves one request; around it is what traces it, if anything does. */
export type AroundRequest = (
  method: string,
  traceparent: string,
  run: () => Promise<unknown>,
) => Promise<unknown>;

/** Runs an operation with the trace context of its request. */
export function withTraceContext(
  method: string,
  traceparent: string,
  around: AroundRequest | undefined,
  run: () => Promise<unknown>,
): Promise<unknown> {
  const inContext = () => requests.run(traceparent, run);
  return around === undefined ? inContext() : around(method, traceparent, inContext);
}

/** Undefined for most requests, which have no more to do with tracing than this look. */
export function traceparentOf(params: unknown): string | undefined {
  if (typeof params !== 'object' || params === null || !('traceparent' in params)) return undefined;
  return typeof params.traceparent === 'string' ? params.traceparent : undefined;
}
