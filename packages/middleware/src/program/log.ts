import type { Logger } from '@outrigger/host';

/** Lines of JSON on stderr: the host of this program makes them lines of its own log. */
export const STDERR_LOG: Logger = {
  debug: () => undefined,
  info: (fields, message) => write('info', fields, message),
  warn: (fields, message) => write('warn', fields, message),
  error: (fields, message) => write('error', fields, message),
};

function write(level: string, fields: object, msg: string): void {
  const rest = Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      value instanceof Error ? value.message : (value as unknown),
    ]),
  );
  process.stderr.write(`${JSON.stringify({ ...rest, level, msg })}\n`);
}
