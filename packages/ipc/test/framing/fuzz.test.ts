import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { ProtocolViolation } from '../../src/framing/protocol-violation.js';
import { toMessage } from '../../src/framing/message.js';
import { LIMITS } from '../../src/protocol/limits.js';
import { cut, frame, frameOf, fuzzRuns, isFull, parse } from '../support/frames.js';

vi.setConfig({ testTimeout: isFull ? 600_000 : 20_000 });

const message = fc.oneof(
  fc.record({
    jsonrpc: fc.constant('2.0'),
    id: fc.nat(),
    method: fc.string(),
    params: fc.dictionary(fc.string(), fc.jsonValue()),
  }),
  fc.record({ jsonrpc: fc.constant('2.0'), id: fc.nat(), result: fc.jsonValue() }),
  fc.record({
    jsonrpc: fc.constant('2.0'),
    id: fc.nat(),
    error: fc.record({ code: fc.integer(), message: fc.string() }),
  }),
);

type Mutation = (bytes: Buffer) => Buffer;

const at = fc.nat({ max: 1_000_000 });
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(at, fc.integer({ min: 0, max: 255 })).map(([place, byte]): Mutation => (bytes) => {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) copy[place % copy.length] = byte;
    return copy;
  }),
  fc.tuple(at, fc.uint8Array({ maxLength: 16 })).map(([place, extra]): Mutation => (bytes) => {
    const cutAt = place % (bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, cutAt), extra, bytes.subarray(cutAt)]);
  }),
  fc.tuple(at, fc.nat({ max: 40 })).map(([place, count]): Mutation => (bytes) => {
    const start = place % (bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + count)]);
  }),
  fc.tuple(at, at).map(([from, to]): Mutation => (bytes) => {
    const start = from % (bytes.length + 1);
    const end = to % (bytes.length + 1);
    return Buffer.concat([bytes, bytes.subarray(Math.min(start, end), Math.max(start, end))]);
  }),
  fc
    .constantFrom(
      '\r\n',
      '\r\n\r\n',
      '\0',
      'Content-Length: ',
      'Content-Length: 99999999\r\n\r\n',
      '[[[[',
      '\ufeff',
      '1e9',
      '-',
    )
    .chain((text) =>
      at.map((place): Mutation => (bytes) => {
        const cutAt = place % (bytes.length + 1);
        return Buffer.concat([bytes.subarray(0, cutAt), Buffer.from(text), bytes.subarray(cutAt)]);
      }),
    ),
);

/** Either all of it is frames, or there is one ProtocolViolation; never another error. */
function expectOrderly(chunks: readonly Uint8Array[]): void {
  const { values, error } = parse(chunks);
  if (error !== undefined) expect(error).toBeInstanceOf(ProtocolViolation);
  for (const value of values) {
    try {
      expect(toMessage(value).jsonrpc).toBe('2.0');
    } catch (refusal) {
      expect(refusal).toBeInstanceOf(ProtocolViolation);
    }
  }
  expect('polluted' in {}).toBe(false);
}

it('F10: mutated streams end in a violation or parse', () => {
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 4 }),
      fc.array(mutation, { minLength: 1, maxLength: 4 }),
      fc.array(at, { maxLength: 5 }),
      (messages, mutations, places) => {
        const valid = Buffer.concat(messages.map(frame));
        const stream = mutations.reduce<Buffer>((bytes, mutate) => mutate(bytes), valid);
        expectOrderly(cut(stream, places));
      },
    ),
    { numRuns: fuzzRuns },
  );
});

it('F10: mutated streams parse alike in any chunks', () => {
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 3 }),
      mutation,
      fc.array(at),
      (messages, mutate, places) => {
        const stream = mutate(Buffer.concat(messages.map(frame)));
        const whole = parse([stream]);
        const chunked = parse(cut(stream, places));
        expect(chunked.values).toStrictEqual(whole.values);
        expect(chunked.error === undefined).toBe(whole.error === undefined);
      },
    ),
    { numRuns: fuzzRuns },
  );
});

it('F10: random bytes are refused, framed or not', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.boolean(), (bytes, framed) => {
      expectOrderly([framed ? frameOf(bytes) : bytes]);
    }),
    { numRuns: fuzzRuns },
  );
});

it('F10: any text in a header is read or refused', () => {
  const piece = fc.constantFrom(
    'Content-Length',
    'Content-Type',
    ':',
    ' ',
    '\t',
    '\r',
    '\n',
    '\r\n',
    '5',
    '-',
    'x',
    '\0',
    ' '.repeat(900),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      expectOrderly([Buffer.from(`Content-Length:${pieces.join('')}\r\n\r\n`)]);
    }),
    { numRuns: fuzzRuns },
  );
});

it('F10: any JSON is a message or is refused as none', () => {
  const field = fc.constantFrom(
    'jsonrpc',
    'id',
    'method',
    'params',
    'result',
    'error',
    '__proto__',
    'constructor',
  );
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom('2.0', 'stat', 1, null, { code: 1, message: 'x' }, {}),
  );
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.dictionary(field, value)), (json) => {
      expectOrderly([frame(json)]);
    }),
    { numRuns: fuzzRuns },
  );
});

it('F10: a depth is measured as JSON.parse would build it', () => {
  const deep = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 40, depthSize: 'max' },
      fc.oneof(fc.string(), fc.constantFrom('"[', '\\"{', ']]]', '\\', 1, null)),
      fc.array(tie('tree'), { maxLength: 2 }),
      fc.dictionary(fc.constantFrom('a', '"', '[{', '\\'), tie('tree'), { maxKeys: 2 }),
    ),
  })).tree;
  const depthOf = (value: unknown): number =>
    typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
  fc.assert(
    fc.property(deep, (value) => {
      expect(parse([frame(value)]).error === undefined).toBe(depthOf(value) <= LIMITS.nesting);
    }),
    { numRuns: fuzzRuns },
  );
});
