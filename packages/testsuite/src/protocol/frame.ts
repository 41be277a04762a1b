/** Written by hand, and apart from the code under test: what both got wrong in the same way would not show. */
export function encodeFrame(message: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(message));
  return Buffer.concat([Buffer.from(`Content-Length: ${String(body.length)}\r\n\r\n`), body]);
}

/** Cuts what a driver writes into messages. */
export interface FrameDecoder {
  /** The messages that are whole with this chunk. Throws at the first byte that belongs to no frame. */
  push(chunk: Buffer): unknown[];
}

export function createFrameDecoder(): FrameDecoder {
  let rest: Buffer = Buffer.alloc(0);
  return {
    push(chunk) {
      rest = Buffer.concat([rest, chunk]);
      const messages: unknown[] = [];
      for (;;) {
        const end = rest.indexOf('\r\n\r\n');
        const header = rest.toString('latin1', 0, end === -1 ? Math.min(rest.length, MAX_HEADER) : end);
        if (end === -1) {
          if (rest.length >= MAX_HEADER || !isBeginning(header)) throw foreign(rest);
          return messages;
        }
        const length = bodyLength(header, rest);
        const bodyEnd = end + 4 + length;
        if (rest.length < bodyEnd) return messages;
        messages.push(JSON.parse(rest.toString('utf8', end + 4, bodyEnd)));
        rest = rest.subarray(bodyEnd);
      }
    },
  };
}

const MAX_HEADER = 4096;
const MAX_BODY = 1024 * 1024;
const FIELDS = ['content-length:', 'content-type:'];

function isBeginning(header: string): boolean {
  const text = header.toLowerCase();
  return FIELDS.some((field) => field.startsWith(text.slice(0, field.length)));
}

function bodyLength(header: string, seen: Buffer): number {
  const lines = header.split('\r\n');
  const digits = lines
    .map((line) => /^content-length:[ \t]*(\d+)[ \t]*$/i.exec(line)?.[1])
    .find((each) => each !== undefined);
  const length = Number(digits);
  if (!lines.every(isBeginning) || digits === undefined || length > MAX_BODY) throw foreign(seen);
  return length;
}

function foreign(bytes: Buffer): Error {
  return new Error(
    `the driver wrote something else than a frame to stdout: ${JSON.stringify(bytes.toString('latin1', 0, 200))}`,
  );
}
