import { inspect } from 'node:util';

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
  return `${time.slice(11, 19)} ${level.padEnd(5)} ${escapeControls(msg)}${toPairs(fields)}\n`;
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
  return /^[\w.:/@+-]+$/.test(text) ? text : escapeControls(JSON.stringify(text));
}

/** Whatever could move the cursor, or turn the direction of the text, in the terminal of who reads the log. */
function escapeControls(text: string): string {
  return text.replace(
    // eslint-disable-next-line no-control-regex -- these are what is looked for
    /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
