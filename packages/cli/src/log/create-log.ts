import type { DestinationStream, Logger, LoggerOptions } from 'pino';
import { destination, pino, stdTimeFunctions } from 'pino';
import type { Config } from '../config/config.js';
import type { LogRecord } from './text-line.js';
import { toLogfmt, toShortLine } from './text-line.js';

export interface Log {
  readonly log: Logger;
  /** Writes out what is still in memory. Before an exit. */
  readonly flush: () => void;
}

/** Lines for a reader that does not keep up are dropped beyond so many characters. */
const MAX_WAITING = 8 * 1024 * 1024;

/** The log goes to stderr: stdout is for what a command answers. */
export function createLog({ level, formatter, fields }: Config['log']): Log {
  const stderr = destination({ dest: 2, sync: false, maxLength: MAX_WAITING });
  // A reader that went away must not end the registry.
  stderr.on('error', () => undefined);
  const form = formatter === 'logstash' ? LOGSTASH : PLAIN;
  const options: LoggerOptions = {
    level,
    ...form,
    base: { ...form.base, ...fields },
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: describeError },
  };
  const output = formatter === 'text' ? asText(stderr) : stderr;
  return {
    log: pino(options, output),
    flush: () => {
      try {
        stderr.flushSync();
      } catch {
        // Nobody is there to read it.
      }
    },
  };
}

const PLAIN = { base: {}, timestamp: stdTimeFunctions.isoTime } as const;
const LOGSTASH = {
  base: { '@version': '1' },
  messageKey: 'message',
  timestamp: () => `,"@timestamp":"${new Date().toISOString()}"`,
} as const;

function asText(target: DestinationStream): DestinationStream {
  const toLine = process.stderr.isTTY ? toShortLine : toLogfmt;
  return {
    write: (line) => {
      target.write(toLine(JSON.parse(line) as LogRecord));
    },
  };
}

/** Not what else hangs on an error: vendors put requests there, with their credentials. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: 'a value that is no error was thrown' };
  const { name, message, stack, cause } = error;
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  return { type: name, ...code, message, stack, ...(cause instanceof Error ? { cause: cause.message } : {}) };
}
