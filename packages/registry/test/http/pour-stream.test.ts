import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { createPace } from '../../src/http/pace.js';
import { pourStream } from '../../src/http/pour-stream.js';

const pace = () => createPace(60_000, () => undefined);

function streamOf(...texts: string[]): Readable {
  return Readable.from(texts.map((text) => Buffer.from(text)));
}

test('every chunk is handed over in order, the next one when the last was taken', async () => {
  const seen: string[] = [];
  let busy = 0;
  await pourStream(streamOf('a', 'b', 'c'), pace(), (chunk) => {
    expect(busy++).toBe(0);
    seen.push(Buffer.from(chunk).toString());
    if (seen.length === 1) {
      busy--;
      return undefined;
    }
    return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      busy--;
    });
  });
  expect(seen).toEqual(['a', 'b', 'c']);
});

test('it ends when the last chunk was taken, not when it came', async () => {
  const taken = Promise.withResolvers<undefined>();
  let isPoured = false;
  const pouring = pourStream(streamOf('a'), pace(), () => taken.promise).then(() => {
    isPoured = true;
  });
  await new Promise((resolve) => setTimeout(resolve));
  expect(isPoured).toBe(false);
  taken.resolve(undefined);
  await pouring;
});

test.each([
  ['throws', () => new Error('not taken')],
  ['rejects', () => Promise.reject(new Error('not taken'))],
])('a taker that %s ends it, and the stream can still be drained', async (how, fail) => {
  const stream = streamOf('a', 'b', 'c');
  const pouring = pourStream(stream, pace(), () => {
    const failure = fail();
    if (failure instanceof Error) throw failure;
    return failure;
  });
  await expect(pouring, how).rejects.toThrow('not taken');
  expect(stream.destroyed).toBe(false);
  const rest: string[] = [];
  for await (const chunk of stream) rest.push(String(chunk));
  expect(rest).toEqual(['b', 'c']);
});

test.each([
  ['an error', (stream: Readable) => stream.destroy(new Error('reset')), 'reset'],
  ['no error', (stream: Readable) => stream.destroy(), 'Premature close'],
])('a stream that is destroyed with %s rejects', async (_, destroy, message) => {
  const stream = new Readable({ read: () => undefined });
  const pouring = pourStream(stream, pace(), () => undefined);
  stream.push('a');
  destroy(stream);
  await expect(pouring).rejects.toThrow(message);
});

test('a stream that has ended before is empty, and one that was destroyed before rejects', async () => {
  const ended = streamOf();
  await ended.toArray();
  await pourStream(ended, pace(), () => undefined);
  const destroyed = new Readable({ read: () => undefined }).destroy();
  await expect(pourStream(destroyed, pace(), () => undefined)).rejects.toThrow('Premature close');
});
