import { isUtf8 } from 'node:buffer';
import { isNestedWithin } from './nesting.js';
import { ProtocolViolation, quoteBytes } from './protocol-violation.js';

export interface FrameLimits {
  readonly headerBytes: number;
  readonly messageBytes: number;
  readonly nesting: number;
}

const SEPARATOR = Buffer.from('\r\n\r\n');
const FIELD_NAME = Buffer.from('content-');

/**
 * Cuts a byte stream into JSON values: `Content-Length: <digits>` CRLF CRLF, then so many bytes of UTF-8 JSON, as in
 * LSP. Every deviation throws ProtocolViolation, and nothing is allocated by a declared length.
 */
export class FrameParser {
  readonly #limits: FrameLimits;
  readonly #onValue: (value: unknown) => void;
  #header: Buffer = Buffer.alloc(0);
  #body: Buffer[] = [];
  #bodyMissing = 0;

  constructor(limits: FrameLimits, onValue: (value: unknown) => void) {
    this.#limits = limits;
    this.#onValue = onValue;
  }

  /** @throws ProtocolViolation; the parser is of no use afterwards */
  push(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) rest = this.#bodyMissing > 0 ? this.#takeBody(rest) : this.#takeHeader(rest);
  }

  /** @throws ProtocolViolation when the stream ended inside a frame */
  end(): void {
    if (this.#bodyMissing === 0 && this.#header.length === 0) return;
    const what =
      this.#bodyMissing > 0
        ? `${String(this.#bodyMissing)} bytes short of a message`
        : quoteBytes(this.#header);
    throw new ProtocolViolation(`the stream ended inside a frame: ${what}`);
  }

  #takeHeader(chunk: Buffer): Buffer {
    const carried = this.#header.length;
    const text =
      carried === 0 ? chunk : Buffer.concat([this.#header, chunk.subarray(0, this.#limits.headerBytes)]);
    refuseForeignBytes(text);
    const end = text.subarray(0, this.#limits.headerBytes).indexOf(SEPARATOR);
    if (end === -1) {
      if (text.length >= this.#limits.headerBytes) {
        throw new ProtocolViolation(
          `a frame header of more than ${String(this.#limits.headerBytes)} bytes: ${quoteBytes(text)}`,
        );
      }
      this.#header = Buffer.from(text);
      return chunk.subarray(chunk.length);
    }
    this.#header = Buffer.alloc(0);
    this.#bodyMissing = contentLength(text.subarray(0, end), this.#limits.messageBytes);
    return chunk.subarray(end + SEPARATOR.length - carried);
  }

  #takeBody(chunk: Buffer): Buffer {
    const part = chunk.length <= this.#bodyMissing ? chunk : chunk.subarray(0, this.#bodyMissing);
    this.#bodyMissing -= part.length;
    if (this.#bodyMissing > 0) {
      this.#body.push(part);
      return chunk.subarray(chunk.length);
    }
    const body = this.#body.length === 0 ? part : Buffer.concat([...this.#body, part]);
    this.#body = [];
    this.#onValue(parseBody(body, this.#limits.nesting));
    return chunk.subarray(part.length);
  }
}

/** A header starts with a field that we know: anything else is output that strayed into the channel. */
function refuseForeignBytes(text: Buffer): void {
  const length = Math.min(text.length, FIELD_NAME.length);
  for (let i = 0; i < length; i++) {
    if (((text[i] ?? 0) | 0x20) === (FIELD_NAME[i] ?? 0) || (text[i] === 0x2d && FIELD_NAME[i] === 0x2d))
      continue;
    throw new ProtocolViolation(`not a frame of the protocol: ${quoteBytes(text)}`);
  }
}

function contentLength(header: Buffer, limit: number): number {
  let length: number | undefined;
  for (const line of header.toString('latin1').split('\r\n')) {
    const field = /^(content-length|content-type):[ \t]*(.*?)[ \t]*$/i.exec(line);
    if (field === null)
      throw new ProtocolViolation(
        `unknown field in a frame header: ${quoteBytes(Buffer.from(line, 'latin1'))}`,
      );
    if (field[1]?.toLowerCase() === 'content-type') continue;
    if (length !== undefined) throw new ProtocolViolation('two Content-Length fields in a frame header');
    length = parseLength(field[2] ?? '', limit);
  }
  if (length === undefined) throw new ProtocolViolation('a frame header without Content-Length');
  return length;
}

function parseLength(digits: string, limit: number): number {
  const length = /^[0-9]{1,15}$/.test(digits) ? Number(digits) : Number.NaN;
  if (Number.isNaN(length) || length === 0) {
    throw new ProtocolViolation(
      `Content-Length ${quoteBytes(Buffer.from(digits, 'latin1'))} is not a number of bytes`,
    );
  }
  if (length > limit)
    throw new ProtocolViolation(`a message of ${String(length)} bytes; the limit is ${String(limit)}`);
  return length;
}

function parseBody(body: Buffer, nesting: number): unknown {
  if (!isUtf8(body)) throw new ProtocolViolation(`a message that is not UTF-8: ${quoteBytes(body)}`);
  if (!isNestedWithin(body, nesting)) {
    throw new ProtocolViolation(
      `a message nested deeper than ${String(nesting)} levels: ${quoteBytes(body, 64)}`,
    );
  }
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new ProtocolViolation(`a message that is not JSON: ${quoteBytes(body)}`, { cause });
  }
}
