import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { FrameReader } from '../../src/framing/frame-reader.js';
import type { FrameReaderHooks } from '../../src/framing/frame-reader.js';
import { ProtocolViolation } from '../../src/framing/protocol-violation.js';
import { LIMITS } from '../../src/protocol/limits.js';
import { frame } from '../support/frames.js';

const note = (method: string) => ({ jsonrpc: '2.0', method });

function listen(hooks?: FrameReaderHooks) {
  const stream = new PassThrough();
  const reader = new FrameReader(stream, LIMITS, hooks);
  const heard: unknown[] = [];
  reader.onError((error) => heard.push(error));
  reader.onClose(() => heard.push('close'));
  const listening = reader.listen((message) => heard.push(message));
  return { stream, heard, listening };
}

/** Until all that was written has been read. */
const settled = () => new Promise(setImmediate);

describe('FrameReader', () => {
  it('hands messages on and reports the end once', async () => {
    const { stream, heard } = listen();
    stream.end(Buffer.concat([frame(note('a')), frame(note('b'))]));
    await settled();
    stream.destroy();
    await settled();
    expect(heard).toStrictEqual([note('a'), note('b'), 'close']);
  });

  it('F10: reports the first violation once and reads nothing afterwards', async () => {
    const { stream, heard } = listen();
    stream.write(Buffer.concat([frame(note('a')), Buffer.from('log line\n'), frame(note('b'))]));
    stream.write('more of it\n');
    stream.end(frame(note('c')));
    await settled();
    expect(heard).toStrictEqual([note('a'), expect.any(ProtocolViolation)]);
  });

  it('reports an end inside a frame', async () => {
    const { stream, heard } = listen();
    stream.end('Content-Length: 5\r\n\r\n{');
    await settled();
    expect(heard).toStrictEqual([expect.any(ProtocolViolation)]);
  });

  it('reports a batch, and what a hook refuses', async () => {
    const batch = listen();
    batch.stream.write(frame([note('a')]));
    await settled();
    expect(batch.heard).toStrictEqual([expect.any(ProtocolViolation)]);
    const refusing = listen({
      onMessage: () => {
        throw new ProtocolViolation('not that');
      },
    });
    refusing.stream.write(frame(note('a')));
    await settled();
    expect(refusing.heard).toStrictEqual([
      expect.objectContaining({ message: expect.stringContaining('not that') as string }),
    ]);
  });

  it('leaves out what a hook does not heed', async () => {
    const { stream, heard } = listen({ isHeeded: ({ method }) => method !== 'a' });
    stream.write(Buffer.concat([frame(note('a')), frame(note('b'))]));
    await settled();
    expect(heard).toStrictEqual([note('b')]);
  });

  it('reports an error of the stream, and counts bytes', async () => {
    let bytes = 0;
    const { stream, heard } = listen({
      onBytes: (count) => {
        bytes += count;
      },
    });
    const content = frame(note('a'));
    stream.write(content);
    await settled();
    stream.destroy(new Error('read ECONNRESET'));
    await settled();
    expect(bytes).toBe(content.length);
    expect(heard).toStrictEqual([note('a'), expect.objectContaining({ message: 'read ECONNRESET' })]);
  });

  it('hears nothing once it is disposed', async () => {
    const { stream, heard, listening } = listen();
    listening.dispose();
    stream.end(frame(note('a')));
    await settled();
    expect(heard).toStrictEqual([]);
  });
});
