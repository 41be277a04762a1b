import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { FrameParser } from '../../src/framing/frame-parser.js';
import { ProtocolViolation } from '../../src/framing/protocol-violation.js';
import { LIMITS } from '../../src/protocol/limits.js';
import { cut, frame, frameOf, fuzzRuns, isFull, parse, singleBytes } from '../support/frames.js';

vi.setConfig({ testTimeout: isFull ? 600_000 : 20_000 });

const ascii = (text: string) => Buffer.from(text, 'latin1');
const nested = (depth: number) => frameOf(ascii('['.repeat(depth) + ']'.repeat(depth)));

describe('a valid stream', () => {
  it('parses the same in any chunks', () => {
    const place = fc.nat({ max: 100_000 });
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue({ maxDepth: 5 }), { maxLength: 6 }),
        fc.array(place),
        (values, places) => {
          const { values: parsed, error } = parse(cut(Buffer.concat(values.map(frame)), places));
          expect(error).toBeUndefined();
          expect(parsed).toStrictEqual(JSON.parse(JSON.stringify(values)));
        },
      ),
      { numRuns: fuzzRuns },
    );
  });

  it('parses when it comes byte by byte', () => {
    const values = [{ jsonrpc: '2.0', id: 1, result: { name: 'größe €', data: 'A'.repeat(5000) } }, 7, ''];
    expect(parse(singleBytes(Buffer.concat(values.map(frame)))).values).toStrictEqual(values);
  });

  it.each([
    ['field names in any case', 'CONTENT-length: 2\r\n\r\n{}'],
    ['blanks around the number', 'Content-Length: \t2 \t\r\n\r\n{}'],
    ['no blank after the colon', 'Content-Length:2\r\n\r\n{}'],
    ['leading zeros', 'Content-Length: 0002\r\n\r\n{}'],
    [
      'a Content-Type',
      'Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}',
    ],
    ['a Content-Type behind', 'Content-Length: 2\r\nContent-Type: x\r\n\r\n{}'],
  ])('allows %s', (_what, text) => {
    expect(parse([ascii(text)])).toStrictEqual({ values: [{}], error: undefined });
    expect(parse(singleBytes(ascii(text)))).toStrictEqual({ values: [{}], error: undefined });
  });

  it('takes a header, a message and a nesting of exactly the limits', () => {
    const length = '\r\nContent-Length: 2\r\n\r\n';
    const header = ascii(`Content-Type: ${'x'.repeat(LIMITS.headerBytes - 14 - length.length)}${length}`);
    expect(header.length).toBe(LIMITS.headerBytes);
    expect(parse([header, ascii('{}')]).values).toStrictEqual([{}]);
    const text = 'x'.repeat(LIMITS.messageBytes - 2);
    expect(parse([frame(text)]).values).toStrictEqual([text]);
    expect(parse([nested(LIMITS.nesting)]).error).toBeUndefined();
  });

  it('F12: keeps keys such as __proto__ to themselves', () => {
    const { values } = parse([
      frameOf(ascii('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}')),
    ]);
    expect(Object.hasOwn(values[0] as object, '__proto__')).toBe(true);
    expect('polluted' in {}).toBe(false);
  });
});

describe('F10, F11: an invalid stream', () => {
  it.each([
    ['a length of 1e12', 'Content-Length: 1e12\r\n\r\n', /"\s?1e12" is not a number of bytes/],
    [
      'a length in digits of 10^12',
      'Content-Length: 1000000000000\r\n\r\n',
      /1000000000000 bytes; the limit is/,
    ],
    ['a length of 400 digits', `Content-Length: ${'9'.repeat(400)}\r\n\r\n`, /is not a number of bytes/],
    ['one byte over the limit', `Content-Length: ${String(LIMITS.messageBytes + 1)}\r\n\r\n`, /the limit is/],
    ['a negative length', 'Content-Length: -1\r\n\r\n', /is not a number of bytes/],
    ['a length with a plus', 'Content-Length: +1\r\n\r\n', /is not a number of bytes/],
    ['a fractional length', 'Content-Length: 1.5\r\n\r\n', /is not a number of bytes/],
    ['a hexadecimal length', 'Content-Length: 0x2\r\n\r\n', /is not a number of bytes/],
    ['2abc', 'Content-Length: 2abc\r\n\r\n', /is not a number of bytes/],
    ['no digits', 'Content-Length:\r\n\r\n', /is not a number of bytes/],
    ['zero', 'Content-Length: 0\r\n\r\n', /is not a number of bytes/],
    ['two lengths', 'Content-Length: 2\r\ncontent-length: 2\r\n\r\n{}', /two Content-Length/],
    ['no length', 'Content-Type: x\r\n\r\n', /without Content-Length/],
    ['an unknown field', 'Content-Length: 2\r\nX-Other: 1\r\n\r\n{}', /unknown field .*"X-Other: 1"/],
    ['a line that is no field', 'Content-Length: 2\r\nhello\r\n\r\n{}', /unknown field .*"hello"/],
    ['a folded line', 'Content-Length: 2\r\n 2\r\n\r\n{}', /unknown field/],
    ['lines that end in LF', 'Content-Length: 2\n\n{}', /does not end in CRLF/],
    ['a blank before the colon', 'Content-Length : 2\r\n\r\n{}', /not a frame/],
    ['a line of a log', 'listening on port 5000\n', /not a frame .*"listening on port 5000\\n"/],
    ['a line of a log in CRLF', 'Connected!\r\n\r\n', /not a frame .*"Connected!\\r\\n\\r\\n"/],
    ['a JSON message without a frame', '{"jsonrpc":"2.0"}\n', /not a frame .*"\{"jsonrpc":"2.0"\}\\n"/],
    ['a NUL', '\0', /not a frame .*"\\x00"/],
    ['a BOM', '\xef\xbb\xbfContent-Length: 2\r\n\r\n{}', /not a frame/],
    ['UTF-16', 'C\0o\0n\0t\0e\0n\0t\0', /not a frame .*"C\\x00o/],
    ['a CR in a field name', 'Content\r', /not a frame/],
    ['an escape sequence', '\x1b[31mred', /not a frame .*"\\x1b\[31mred"/],
  ])('%s fails at once', (_what, text, message) => {
    for (const chunks of [[ascii(text)], singleBytes(ascii(text))]) {
      const { values, error } = parse([...chunks]);
      expect(values).toStrictEqual([]);
      expect(error).toBeInstanceOf(ProtocolViolation);
      expect(String(error)).not.toContain('ended inside');
    }
    expect(String(parse([ascii(text)]).error)).toMatch(message);
  });

  it.each([
    ['not UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22]), /not UTF-8: "\\?"?.*\\xff\\xfe/],
    ['a lone surrogate in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), /not UTF-8/],
    ['an overlong slash', Buffer.from([0x22, 0xc0, 0xaf, 0x22]), /not UTF-8/],
    ['not JSON', ascii('{"a":}'), /not JSON: "\{"a":\}"/],
    ['JSON with a BOM', Buffer.from('\ufeff{}'), /not JSON/],
    ['JSON with a NUL', ascii('{}\0'), /not JSON/],
    ['JSON and more', ascii('{}{}'), /not JSON/],
    ['UTF-16 JSON', Buffer.from('{}', 'utf16le'), /not JSON/],
    ['one level too deep', ascii('['.repeat(33) + ']'.repeat(33)), /nested deeper than 32/],
    ['objects too deep', ascii('{"a":'.repeat(33) + '1' + '}'.repeat(33)), /nested deeper than 32/],
  ])('a body that is %s', (_what, body, message) => {
    for (const chunks of [[frameOf(body)], singleBytes(frameOf(body))]) {
      const { error } = parse(chunks);
      expect(error).toBeInstanceOf(ProtocolViolation);
      expect(String(error)).toMatch(message);
    }
  });

  it('a header without an end fails at its limit, in one chunk and byte by byte', () => {
    const endless = ascii(`Content-Type: ${'x'.repeat(2 * LIMITS.headerBytes)}`);
    for (const chunks of [[endless], singleBytes(endless)]) {
      let pushed = 0;
      const parser = new FrameParser(LIMITS, () => undefined);
      expect(() => {
        for (const chunk of chunks) {
          pushed += chunk.length;
          parser.push(chunk);
        }
      }).toThrow(/header of more than 4096 bytes/);
      expect(pushed).toBeLessThanOrEqual(Math.max(chunks[0]?.length ?? 0, LIMITS.headerBytes));
    }
  });

  it('messages before a violation are delivered, none after it', () => {
    const stream = Buffer.concat([frame(1), frame(2), ascii('oops\n'), frame(3)]);
    for (const chunks of [[stream], singleBytes(stream)]) {
      const { values, error } = parse(chunks);
      expect(values).toStrictEqual([1, 2]);
      expect(error).toBeInstanceOf(ProtocolViolation);
    }
  });

  it('an end inside a frame is a violation that says where', () => {
    expect(String(parse([ascii('Content-Len')]).error)).toMatch(/ended inside a frame: "Content-Len"/);
    expect(String(parse([ascii('Content-Length: 10\r\n\r\n{}')]).error)).toMatch(/8 bytes short/);
  });

  it('a quotation is short and has no control characters', () => {
    const message = String(parse([ascii(`\x1b]0;title\x07${'a'.repeat(5000)}`)]).error);
    expect(message).toMatch(/^[\x20-\x7e]{50,400}$/);
  });
});

describe('F11: the cost of hostile input', () => {
  it.each([
    ['blanks before a bare LF', [ascii(`Content-Type:${' '.repeat(4000)}\nX\r\n\r\n`)]],
    ['blanks before a number', [ascii(`Content-Length:${' '.repeat(4000)}\nX\r\n\r\n`)]],
    ['blanks behind a number', [ascii(`Content-Length: 5${' '.repeat(4000)}x\r\n\r\n`)]],
    ['4,000 empty fields', [ascii(`Content-Type:${'\r\nContent-Type:'.repeat(250)}\r\n\r\n`)]],
    ['a million open brackets', [frameOf(Buffer.alloc(LIMITS.messageBytes, '['))]],
    ['a bomb of 10^5 levels', [nested(100_000)]],
    ['a bomb of 10^5 objects', [frameOf(Buffer.from('{"":'.repeat(100_000)))]],
    ['a million quotes', [frameOf(Buffer.alloc(LIMITS.messageBytes, '"'))]],
    ['a million escaped quotes', [frameOf(Buffer.from(`"${'\\"'.repeat(500_000)}`))]],
    ['a million backslashes', [frameOf(Buffer.from(`"${'\\'.repeat(999_999)}"`))]],
    ['a header byte by byte', singleBytes(ascii(`Content-Type: ${'x'.repeat(5000)}`))],
  ])('%s does not stall the loop', (_what, chunks) => {
    const start = process.cpuUsage();
    expect(parse(chunks).error).toBeInstanceOf(ProtocolViolation);
    // The faults that this is about take many seconds of the processor's time; sound code takes milliseconds.
    expect(process.cpuUsage(start).user).toBeLessThan(5_000_000);
  });

  it('nothing is set aside for a length that is only declared', () => {
    const before = process.memoryUsage().arrayBuffers;
    const parsers = Array.from({ length: 100 }, () => {
      const parser = new FrameParser(LIMITS, () => undefined);
      parser.push(ascii(`Content-Length: ${String(LIMITS.messageBytes)}\r\n\r\n{`));
      return parser;
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(LIMITS.messageBytes);
    expect(parsers).toHaveLength(100);
  });

  it('a message in single bytes holds no more than twice its size', () => {
    const parser = new FrameParser(LIMITS, () => undefined);
    const before = process.memoryUsage();
    parser.push(ascii(`Content-Length: ${String(LIMITS.messageBytes)}\r\n\r\n"`));
    // A chunk of the stream is a slab of its own: whoever keeps it keeps all of it.
    for (let i = 0; i < 300_000; i++) parser.push(Buffer.alloc(1, 'x'));
    const after = process.memoryUsage();
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(8 * 1024 * 1024);
  });
});
