import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { cleanText } from './clean-text.js';
import type { LogLevel, Logger } from './logger.js';

export interface StderrLogOptions {
  readonly driver: string;
  readonly pid: number;
  readonly log: Logger;
  readonly redact: (text: string) => string;
  /** Bytes per second that reach the log. Default 1 MB. */
  readonly bytesPerSecond?: number | undefined;
}

const MAX_LINE = 8 * 1024;
const TAIL_LINES = 10;
const TAIL_BYTES = 4 * 1024;
const RATE = 1_000_000;
/** What the log adds to a line: time, level, driver, pid. */
const LINE_OVERHEAD = 100;
/** Dropped lines are reported once in so many ms. */
const REPORT_MS = 1_000;

/**
 * A driver's stderr as lines of the log, with its name and level. It is always read, whatever comes: a driver never
 * waits for its log. What is over the rate is dropped, and counted.
 */
export class StderrLog {
  readonly #options: StderrLogOptions;
  readonly #rate: number;
  readonly #decoder = new StringDecoder('utf8');
  readonly #tail: string[] = [];
  #line = '';
  #cut = false;
  #allowance: number;
  #filledAt = performance.now();
  #dropped = 0;
  #report: NodeJS.Timeout | undefined;

  constructor(stream: Readable, options: StderrLogOptions) {
    this.#options = options;
    this.#rate = options.bytesPerSecond ?? RATE;
    this.#allowance = this.#rate;
    stream.on('data', (chunk: Buffer) => {
      this.#push(chunk);
    });
    stream.on('end', () => {
      this.#endLine();
      this.#reportDropped();
    });
    stream.on('error', () => undefined);
  }

  /** The last lines, for error messages: at most 10, at most 4 KiB together. */
  get tail(): readonly string[] {
    return this.#line === '' ? this.#tail : [...this.#tail, this.#present(this.#line)].slice(-TAIL_LINES);
  }

  #push(chunk: Buffer): void {
    const text = this.#decoder.write(chunk);
    for (let at = 0; at < text.length;) {
      const newline = text.indexOf('\n', at);
      const end = newline === -1 ? text.length : newline;
      const room = MAX_LINE - this.#line.length;
      this.#line += text.slice(at, Math.min(end, at + room));
      this.#cut ||= end - at > room;
      if (newline === -1) return;
      this.#endLine();
      at = newline + 1;
    }
  }

  #endLine(): void {
    const line = this.#line.endsWith('\r') ? this.#line.slice(0, -1) : this.#line;
    const cut = this.#cut;
    this.#line = '';
    this.#cut = false;
    if (line === '') return;
    if (!this.#takeAllowance(line.length + LINE_OVERHEAD)) {
      this.#dropped++;
      this.#report ??= setTimeout(() => {
        this.#reportDropped();
      }, REPORT_MS).unref();
      return;
    }
    const shown = this.#present(line) + (cut ? ' [cut]' : '');
    this.#keep(shown);
    this.#write(this.#options.redact(line), shown);
  }

  #present(line: string): string {
    return cleanText(this.#options.redact(line));
  }

  #takeAllowance(size: number): boolean {
    const now = performance.now();
    this.#allowance = Math.min(this.#rate, this.#allowance + ((now - this.#filledAt) * this.#rate) / 1000);
    this.#filledAt = now;
    if (this.#allowance < size) return false;
    this.#allowance -= size;
    return true;
  }

  #keep(shown: string): void {
    this.#tail.push(shown.slice(0, TAIL_BYTES));
    while (this.#tail.length > TAIL_LINES || this.#tail.join('\n').length > TAIL_BYTES) this.#tail.shift();
  }

  #reportDropped(): void {
    clearTimeout(this.#report);
    this.#report = undefined;
    if (this.#dropped === 0) return;
    const { driver, pid, log } = this.#options;
    log.warn(
      { driver, pid, dropped: this.#dropped },
      `lines of the driver's log were dropped: over ${String(this.#rate)} bytes/s`,
    );
    this.#dropped = 0;
  }

  #write(line: string, shown: string): void {
    const { driver, pid, log } = this.#options;
    const { level, message } = parseLine(line) ?? { level: 'info' as const, message: shown };
    log[level]({ driver, pid }, message);
  }
}

/** A line of a JSON logger (pino, bunyan, zap, slog), as far as level and message go. */
function parseLine(line: string): { level: LogLevel; message: string } | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const { level, msg, message = msg } = JSON.parse(line) as Record<string, unknown>;
    if (typeof message !== 'string') return undefined;
    return { level: toLevel(level), message: cleanText(message) };
  } catch {
    return undefined; // a plain line that starts with a brace
  }
}

function toLevel(level: unknown): LogLevel {
  if (typeof level === 'number')
    return level >= 50 ? 'error' : level >= 40 ? 'warn' : level >= 30 ? 'info' : 'debug';
  const name = typeof level === 'string' ? level.toLowerCase() : '';
  if (/^(error|err|fatal|panic|critical)$/.test(name)) return 'error';
  if (/^(warn|warning)$/.test(name)) return 'warn';
  return /^(debug|trace)$/.test(name) ? 'debug' : 'info';
}
