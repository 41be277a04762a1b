import { FrameParser } from '../../src/framing/frame-parser.js';
import { LIMITS } from '../../src/protocol/limits.js';

/** The short forms run always; `OUTRIGGER_TEST=full` runs the long ones. */
export const isFull = process.env.OUTRIGGER_TEST === 'full';

/** Inputs of one fuzz target. */
export const fuzzRuns = isFull ? 170_000 : 2_000;

/** A value in its frame. */
export function frame(value: unknown): Buffer {
  return frameOf(Buffer.from(JSON.stringify(value)));
}

export function frameOf(body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`Content-Length: ${String(body.length)}\r\n\r\n`), body]);
}

export interface Parsed {
  readonly values: readonly unknown[];
  readonly error: unknown;
}

/** What a parser makes of a stream that comes in these chunks and then ends. */
export function parse(chunks: Iterable<Uint8Array>): Parsed {
  const values: unknown[] = [];
  const parser = new FrameParser(LIMITS, (value) => {
    values.push(value);
  });
  try {
    for (const chunk of chunks) parser.push(Buffer.from(chunk));
    parser.end();
    return { values, error: undefined };
  } catch (error) {
    return { values, error };
  }
}

/** Cuts a buffer at the given places, in any order, and leaves empty chunks in. */
export function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let start = 0;
  return ends.map((end) => {
    const chunk = bytes.subarray(start, end);
    start = end;
    return chunk;
  });
}

export function singleBytes(bytes: Buffer): Buffer[] {
  return Array.from(bytes, (_byte, index) => bytes.subarray(index, index + 1));
}
