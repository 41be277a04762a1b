import { ChunkedBody } from './chunked-body.js';

/** An answer whose body went to the sink of its request, or nowhere. */
export interface Answer {
  readonly status: number;
  /** Status line and headers as sent. */
  readonly head: string;
  /** Length of the body. */
  readonly bytes: number;
}

export type Sink = (data: Buffer) => void;

const END_OF_HEAD = Buffer.from('\r\n\r\n');
const MAX_HEAD = 64 * 1024;

/** Just enough of HTTP/1.1 for one answer at a time; what it is given may be overwritten when a call has returned. */
export class ResponseParser {
  readonly #onAnswer: (answer: Answer) => void;
  #sink: Sink | undefined;
  #isHead = false;
  #carried: Buffer | undefined;
  #status = 0;
  #head = '';
  #bytes = 0;
  /** Bytes of the body that are to come; -1: until the connection ends. */
  #left = 0;
  #chunked: ChunkedBody | undefined;
  #inBody = false;

  constructor(onAnswer: (answer: Answer) => void) {
    this.#onAnswer = onAnswer;
  }

  /** To be called before each request. */
  expect(isHead: boolean, sink: Sink | undefined): void {
    this.#isHead = isHead;
    this.#sink = sink;
  }

  push(data: Buffer): void {
    const rest = this.#inBody ? this.#takeBody(data) : this.#takeHead(data);
    if (rest.length > 0 && !this.#inBody) this.push(rest);
  }

  /** The server has closed the connection: the end of a body without a length. */
  end(): void {
    if (this.#inBody && this.#left === -1 && this.#chunked === undefined) this.#finish();
  }

  #takeHead(data: Buffer): Buffer {
    const all = this.#carried === undefined ? data : Buffer.concat([this.#carried, data]);
    const end = all.indexOf(END_OF_HEAD);
    if (end === -1) {
      if (all.length > MAX_HEAD) throw new Error('an answer without an end of its headers');
      this.#carried = Buffer.from(all);
      return all.subarray(all.length);
    }
    this.#carried = undefined;
    this.#readHead(all.toString('latin1', 0, end + 2));
    const rest = all.subarray(end + END_OF_HEAD.length);
    return this.#inBody ? this.#takeBody(rest) : rest;
  }

  #readHead(head: string): void {
    this.#head = head;
    this.#status = Number(head.slice(9, 12));
    if (this.#status >= 100 && this.#status < 200) return;
    this.#bytes = 0;
    this.#inBody = true;
    this.#chunked = undefined;
    if (this.#isHead || this.#status === 204 || this.#status === 304) this.#left = 0;
    else if (/\r\ntransfer-encoding: *chunked\r\n/i.test(head)) {
      this.#chunked = new ChunkedBody((part) => this.#deliver(part));
    } else this.#left = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? -1);
    if (this.#chunked === undefined && this.#left === 0) this.#finish();
  }

  #takeBody(data: Buffer): Buffer {
    if (this.#chunked !== undefined) {
      const { used, ended } = this.#chunked.push(data);
      if (ended) this.#finish();
      return data.subarray(used);
    }
    const part = this.#left === -1 || data.length <= this.#left ? data : data.subarray(0, this.#left);
    this.#deliver(part);
    if (this.#left !== -1) this.#left -= part.length;
    if (this.#left === 0) this.#finish();
    return data.subarray(part.length);
  }

  #deliver(part: Buffer): void {
    this.#bytes += part.length;
    this.#sink?.(part);
  }

  #finish(): void {
    this.#inBody = false;
    this.#onAnswer({ status: this.#status, head: this.#head, bytes: this.#bytes });
  }
}

/** The value of a header, if the answer has it. */
export function headerOf({ head }: Answer, name: string): string | undefined {
  return new RegExp(`\r\n${name}: *([^\r]*)`, 'i').exec(head)?.[1];
}
