import type { Capabilities, ParameterSchema, Parameters, StorageDriver } from '@outrigger/driver';

/** The part of a logger that middleware uses; pino's shape. */
export interface MiddlewareLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** What middleware has from the program that it is part of. */
export interface WrapParts {
  readonly log: MiddlewareLogger;
}

/** A storage driver that works on another one. */
export interface DriverMiddleware {
  /** As in the configuration and in `registry-storage-<name>`. */
  readonly name: string;
  readonly version: string;
  /** JSON Schema of its own options. */
  readonly options: ParameterSchema;
  /** What is left of a driver's capabilities, whatever the options are. */
  readonly capabilities: (inner: Capabilities) => Capabilities;
  /**
   * Wraps a driver. The answer belongs to the caller; its `close` closes the driver too.
   *
   * @throws InvalidParametersError when the options are not of the schema, or do not fit each other
   */
  wrap(inner: StorageDriver, options: Parameters, parts: WrapParts): Promise<WrappedDriver>;
}

export interface WrappedDriver extends StorageDriver {
  /** What it has counted since it was made. Left out: it counts nothing. */
  counts?(): MiddlewareCounts;
}

/** Numbers by the name of what is counted, in snake case. */
export type MiddlewareCounts = Readonly<Record<string, MiddlewareCount>>;

export interface MiddlewareCount {
  readonly value: number;
  /** `counter`: it only grows. */
  readonly type: 'counter' | 'gauge';
  readonly help: string;
}
