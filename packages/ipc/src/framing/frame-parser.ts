import { isUtf8 } from 'node:buffer';
import { isNestedWithin } from './nesting.js';
import { ProtocolViolation, quoteBytes } from './protocol-violation.js';

export interface FrameLimits {
  readonly headerBytes: number;
  readonly messageBytes: number;
  readonly nesting: number;
}

const SEPARATOR = Buffer.from('\r\n\r\n');
const FIELDS = [Buffer.from('content-length:'), Buffer.from('content-type:')];
const NOTHING = Buffer.alloc(0);
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Cuts a byte stream into JSON values: `Content-Length: <digits>` CRLF CRLF, then so many bytes of UTF-8 JSON, as in
 * LSP. Every deviation throws ProtocolViolation, and nothing is allocated by a declared length.
 */
export class FrameParser {
  readonly #limits: FrameLimits;
  readonly #onValue: (value: unknown) => void;
  #header: Buffer = NOTHING;
  /** What came of a body that is spread over chunks: the first {@link #bodyBytes} bytes. */
  #body: Buffer = NOTHING;
  #bodyBytes = 0;
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
      refuseBareLineFeed(text);
      if (text.length >= this.#limits.headerBytes) {
        throw new ProtocolViolation(
          `a frame header of more than ${String(this.#limits.headerBytes)} bytes: ${quoteBytes(text)}`,
        );
      }
      this.#header = Buffer.from(text);
      return chunk.subarray(chunk.length);
    }
    this.#header = NOTHING;
    this.#bodyMissing = contentLength(text.subarray(0, end), this.#limits.messageBytes);
    return chunk.subarray(end + SEPARATOR.length - carried);
  }

  #takeBody(chunk: Buffer): Buffer {
    const part = chunk.length <= this.#bodyMissing ? chunk : chunk.subarray(0, this.#bodyMissing);
    this.#bodyMissing -= part.length;
    if (this.#bodyMissing > 0) {
      this.#keep(part);
      return chunk.subarray(chunk.length);
    }
    let body = part;
    if (this.#bodyBytes > 0) {
      this.#keep(part);
      body = this.#body.subarray(0, this.#bodyBytes);
      this.#body = NOTHING;
      this.#bodyBytes = 0;
    }
    this.#onValue(parseBody(body, this.#limits.nesting));
    return chunk.subarray(part.length);
  }

  /** Room doubles with what has come: a peer that sends single bytes costs no more than one that does not. */
  #keep(part: Buffer): void {
    const bytes = this.#bodyBytes + part.length;
    if (bytes > this.#body.length) {
      const grown = Buffer.allocUnsafeSlow(Math.min(2 * bytes, bytes + this.#bodyMissing));
      this.#body.copy(grown, 0, 0, this.#bodyBytes);
      this.#body = grown;
    }
    part.copy(this.#body, this.#bodyBytes);
    this.#bodyBytes = bytes;
  }
}

/** A header starts with a field that we know: anything else is output that strayed into the channel. */
function refuseForeignBytes(text: Buffer): void {
  if (FIELDS.some((field) => startsLike(text, field))) return;
  throw new ProtocolViolation(`not a frame of the protocol: ${quoteBytes(text)}`);
}

function startsLike(text: Buffer, field: Buffer): boolean {
  const length = Math.min(text.length, field.length);
  for (let i = 0; i < length; i++) {
    if (lowerCase(text[i] ?? 0) !== field[i]) return false;
  }
  return true;
}

function lowerCase(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}

/** Lines that end in LF alone never make a header: waiting for more of them would be waiting for ever. */
function refuseBareLineFeed(text: Buffer): void {
  for (let at = text.indexOf(LINE_FEED); at !== -1; at = text.indexOf(LINE_FEED, at + 1)) {
    if (text[at - 1] === CARRIAGE_RETURN) continue;
    throw new ProtocolViolation(`a line of a frame header that does not end in CRLF: ${quoteBytes(text)}`);
  }
}

function contentLength(header: Buffer, limit: number): number {
  let length: number | undefined;
  for (const line of header.toString('latin1').split('\r\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
    if (name === 'content-type') continue;
    if (name !== 'content-length')
      throw new ProtocolViolation(
        `unknown field in a frame header: ${quoteBytes(Buffer.from(line, 'latin1'))}`,
      );
    if (length !== undefined) throw new ProtocolViolation('two Content-Length fields in a frame header');
    length = parseLength(line.slice(colon + 1), limit);
  }
  if (length === undefined) throw new ProtocolViolation('a frame header without Content-Length');
  return length;
}

/** The pattern takes linear time, whatever the text: the peer chose it. */
function parseLength(text: string, limit: number): number {
  const digits = /^[ \t]*([0-9]{1,15})[ \t]*$/.exec(text)?.[1];
  const length = Number(digits);
  if (digits === undefined || length === 0) {
    throw new ProtocolViolation(
      `Content-Length ${quoteBytes(Buffer.from(text, 'latin1'))} is not a number of bytes`,
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
