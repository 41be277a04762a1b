import { once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { RequestMessage } from 'vscode-jsonrpc/node';
import { FrameWriter } from '../../src/framing/frame-writer.js';
import { frame, parse } from '../support/frames.js';

const message = (id: number, text = ''): RequestMessage => ({
  jsonrpc: '2.0',
  id,
  method: 'stat',
  params: { text },
});

/** A stream that takes one write at a time, when told to. */
function reluctantStream(): { stream: Writable; writes: Buffer[]; take: () => void } {
  const writes: Buffer[] = [];
  const waiting: (() => void)[] = [];
  const stream = new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _encoding, done) {
      writes.push(chunk);
      waiting.push(done);
    },
  });
  return { stream, writes, take: () => waiting.shift()?.() };
}

describe('FrameWriter', () => {
  it('sends the messages of one turn in one write', async () => {
    const { stream, writes } = reluctantStream();
    const writer = new FrameWriter(stream);
    const messages = [message(1), message(2), message(3)];
    for (const each of messages) void writer.write(each);
    await new Promise(setImmediate);
    expect(writes).toHaveLength(1);
    expect(parse(writes).values).toStrictEqual(messages);
  });

  it('counts bytes, not characters', async () => {
    const stream = new PassThrough();
    await new FrameWriter(stream).write(message(1, 'größe € 𝄞 \u2028 \ud800'));
    const [chunk] = (await once(stream, 'data')) as [Buffer];
    expect(parse([chunk])).toStrictEqual({
      values: [JSON.parse(JSON.stringify(message(1, 'größe € 𝄞 \u2028 \ud800')))],
      error: undefined,
    });
  });

  it('makes writers wait while the peer does not read', async () => {
    const { stream, writes, take } = reluctantStream();
    const writer = new FrameWriter(stream);
    await writer.write(message(1));
    await new Promise(setImmediate);
    let isThrough = false;
    const second = writer.write(message(2)).then(() => {
      isThrough = true;
    });
    await new Promise(setImmediate);
    expect(isThrough).toBe(false);
    take();
    take();
    await new Promise(setImmediate);
    take();
    await second;
    expect(parse(writes).values).toStrictEqual([message(1), message(2)]);
  });

  it('settles waiting writers when the stream closes, and rejects later ones', async () => {
    const { stream } = reluctantStream();
    const writer = new FrameWriter(stream);
    await writer.write(message(1));
    await new Promise(setImmediate);
    const waiting = writer.write(message(2));
    const closed = once(stream, 'close');
    stream.destroy();
    await Promise.all([waiting, closed]);
    await expect(writer.write(message(3))).rejects.toThrow('the channel is closed');
  });

  it('rejects with the error that the stream had, and tells its listeners once each', async () => {
    const { stream } = reluctantStream();
    const writer = new FrameWriter(stream);
    const heard: string[] = [];
    writer.onError(([error]) => heard.push(error.message));
    writer.onClose(() => heard.push('close'));
    const closed = once(stream, 'close').catch(() => undefined);
    stream.destroy(new Error('write EPIPE'));
    await closed;
    await new Promise(setImmediate);
    await expect(writer.write(message(1))).rejects.toThrow('write EPIPE');
    expect(heard).toStrictEqual(['write EPIPE', 'close']);
  });

  it('flushes before it ends', async () => {
    const stream = new PassThrough();
    const writer = new FrameWriter(stream);
    void writer.write(message(1));
    writer.end();
    const chunks = (await stream.toArray()) as Buffer[];
    expect(Buffer.concat(chunks)).toStrictEqual(frame(message(1)));
  });
});
