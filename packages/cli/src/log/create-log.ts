import { cleanText } from '@outrigger/host';
import type { DestinationStream, Logger, LoggerOptions } from 'pino';
import { pino, stdTimeFunctions } from 'pino';
import type { Config } from '../config/config.js';
import { createLineWriter } from './line-writer.js';
import { maskSecrets } from './mask-secrets.js';
import type { LogRecord } from './text-line.js';
import { toLogfmt, toShortLine } from './text-line.js';

export interface Log {
  readonly log: Logger;
  /** Writes out what is still in memory, as far as it is taken at once. Before an exit. */
  readonly flush: () => void;
}

/** The log goes to stderr: stdout is for what a command answers, and for the access log in its text form. */
export function createLog({ level, formatter, fields }: Config['log']): Log {
  const stderr = createLineWriter(2);
  const form = formatter === 'logstash' ? LOGSTASH : PLAIN;
  const options: LoggerOptions = {
    level,
    ...form,
    base: { ...form.base, ...fields },
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: describeError },
  };
  const output: DestinationStream = {
    write: formatter === 'text' ? asText(stderr.write) : asJson(stderr.write),
  };
  return { log: pino(options, output), flush: stderr.flush };
}

const PLAIN = { base: {}, timestamp: stdTimeFunctions.isoTime } as const;
const LOGSTASH = {
  base: { '@version': '1' },
  messageKey: 'message',
  timestamp: () => `,"@timestamp":"${new Date().toISOString()}"`,
} as const;

type Write = (line: string) => void;

/** JSON escapes the C0 controls by itself; the others would reach a terminal. */
function asJson(write: Write): Write {
  return (line) => {
    write(`${cleanText(maskSecrets(line.slice(0, -1)))}\n`);
  };
}

function asText(write: Write): Write {
  const toLine = process.stderr.isTTY ? toShortLine : toLogfmt;
  return (line) => {
    write(toLine(JSON.parse(maskSecrets(line)) as LogRecord));
  };
}

/** Not what else hangs on an error: vendors put requests there, with their credentials. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: 'a value that is no error was thrown' };
  const { name, message, stack, cause } = error;
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  return { type: name, ...code, message, stack, ...(cause instanceof Error ? { cause: cause.message } : {}) };
}
