import { inspect } from 'node:util';
import { cleanText } from '@outrigger/host';

/** One line of the log as pino makes it, parsed. */
export interface LogRecord {
  readonly time: string;
  readonly level: string;
  readonly msg?: string;
  readonly [field: string]: unknown;
}

/** `time="…" level=info msg="…" key=value`: the form of Distribution's text log. */
export function toLogfmt({ time, level, msg = '', ...fields }: LogRecord): string {
  return `time=${quote(time)} level=${level} msg=${quote(msg)}${toPairs(fields)}\n`;
}

/** `12:03:04 info  message key=value`, for the eyes. */
export function toShortLine({ time, level, msg = '', ...fields }: LogRecord): string {
  return `${time.slice(11, 19)} ${level.padEnd(5)} ${cleanText(msg)}${toPairs(fields)}\n`;
}

function toPairs(fields: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(fields).filter(([, value]) => value !== undefined);
  return pairs.map(([key, value]) => ` ${key}=${quote(toText(value))}`).join('');
}

function toText(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'object' ? JSON.stringify(value) : inspect(value);
}

function quote(text: string): string {
  return /^[\w.:/@+-]+$/.test(text) ? text : cleanText(JSON.stringify(text));
}
