import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { FrameParser, LIMITS, ProtocolViolation, toMessage } from '../../src/index.js';
import type { RpcMessage } from '../../src/index.js';

const Piece = z.union([
  z.string(),
  z.strictObject({ hex: z.string() }),
  z.strictObject({ repeat: z.string(), times: z.int() }),
]);

const Vector = z.strictObject({
  name: z.string(),
  bytes: z.array(Piece),
  messages: z.array(z.unknown()).optional(),
  violation: z.enum(['push', 'end']).optional(),
});

const file = new URL('../../../../docs/protocol/transcripts/frames.json', import.meta.url);
const { vectors } = z.object({ vectors: z.array(Vector) }).parse(JSON.parse(readFileSync(file, 'utf8')));

describe('frames.json', () => {
  test.for(vectors)('$name', ({ bytes, messages, violation }) => {
    const stream = Buffer.concat(bytes.map(toBytes));
    for (const size of [stream.length, 1, 7].filter((each) => each >= stream.length / 10_000)) {
      const outcome = readStream(stream, Math.max(1, size));
      expect(outcome.violation, outcome.reason).toBe(violation);
      if (messages !== undefined) expect(outcome.messages).toEqual(messages);
    }
  });
});

interface Outcome {
  readonly messages: readonly RpcMessage[];
  readonly violation?: 'push' | 'end';
  readonly reason?: string;
}

function readStream(stream: Buffer, chunkSize: number): Outcome {
  const messages: RpcMessage[] = [];
  const parser = new FrameParser(LIMITS, (value) => {
    messages.push(toMessage(value));
  });
  let violation: 'push' | 'end' = 'push';
  try {
    for (let at = 0; at < stream.length; at += chunkSize) parser.push(stream.subarray(at, at + chunkSize));
    violation = 'end';
    parser.end();
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolViolation);
    return { messages, violation, reason: (error as Error).message };
  }
  return { messages };
}

function toBytes(piece: z.infer<typeof Piece>): Buffer {
  if (typeof piece === 'string') return Buffer.from(piece);
  return 'hex' in piece ? Buffer.from(piece.hex, 'hex') : Buffer.from(piece.repeat.repeat(piece.times));
}
