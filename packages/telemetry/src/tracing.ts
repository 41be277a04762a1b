/** Facts of a span. Never a secret, and nothing without a bound. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

export interface SpanOptions {
  /** The side of a request that this is. Default `internal`. */
  readonly kind?: 'server' | 'client' | 'internal' | undefined;
  readonly attributes?: SpanAttributes | undefined;
  /** The W3C `traceparent` of the span above it, from another process. Default: the span that is active. */
  readonly traceparent?: string | undefined;
  /** Codes of errors that are answers rather than failures. */
  readonly answers?: readonly string[] | undefined;
}

/** A span that has not ended. */
export interface ActiveSpan {
  set(attributes: SpanAttributes): void;
  /** What the span stands for went wrong. */
  fail(message: string): void;
}

/** Makes spans and sends them where the environment says. */
export interface Tracing {
  /** Runs a function as a span, which ends with its promise. Spans that are made inside are below it. */
  span<T>(name: string, options: SpanOptions, run: (span: ActiveSpan) => Promise<T>): Promise<T>;
  /** The active span as a W3C `traceparent`, for another process. Undefined outside of a span. */
  traceparent(): string | undefined;
  /** Sends what has not been sent yet, for at most two seconds. Never rejects. */
  close(): Promise<void>;
}
