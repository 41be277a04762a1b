/** Structured facts of one log line. */
export type LogFields = Readonly<Record<string, unknown>>;

/** What the registry needs of a logger; pino has this shape. */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}
