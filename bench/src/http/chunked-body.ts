/** Takes the payload of a chunked body apart from its framing (RFC 9112, 7.1). */
export class ChunkedBody {
  readonly #onData: (data: Buffer) => void;
  #state: 'size' | 'data' | 'trailer' = 'size';
  #line = '';
  #left = 0;

  constructor(onData: (data: Buffer) => void) {
    this.#onData = onData;
  }

  /** @returns how many bytes of `data` belong to the body, and whether it ends with them */
  push(data: Buffer): { used: number; ended: boolean } {
    let at = 0;
    while (at < data.length) {
      if (this.#state === 'data' && this.#left > 2) {
        const part = data.subarray(at, at + this.#left - 2);
        this.#onData(part);
        this.#left -= part.length;
        at += part.length;
      } else if (this.#state === 'data') {
        // The line break behind a chunk.
        at += 1;
        this.#left -= 1;
        if (this.#left === 0) this.#state = 'size';
      } else if (this.#takeByte(data[at++] ?? 0)) return { used: at, ended: true };
    }
    return { used: at, ended: false };
  }

  /** A byte of a line of the framing; true for the last byte of the body. */
  #takeByte(byte: number): boolean {
    if (byte !== 0x0a) {
      if (byte !== 0x0d) this.#line += String.fromCharCode(byte);
      return false;
    }
    const line = this.#line;
    this.#line = '';
    if (this.#state === 'trailer') return line === '';
    const size = Number.parseInt(line, 16);
    if (Number.isNaN(size)) throw new Error(`no size of a chunk: ${line.slice(0, 40)}`);
    this.#state = size === 0 ? 'trailer' : 'data';
    this.#left = size + 2;
    return false;
  }
}
