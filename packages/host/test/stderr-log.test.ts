import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { expect, onTestFinished, test, vi } from 'vitest';
import { StderrLog } from '../src/stderr-log.js';
import { recordingLog } from './recording-log.js';

async function logged(chunks: readonly (string | Buffer)[], bytesPerSecond?: number) {
  // All of it comes at once, however long that takes.
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const stream = new PassThrough();
  const log = recordingLog();
  const redact = (text: string) => text.replaceAll('hunter2', '***');
  const stderr = new StderrLog(stream, { driver: 'x', pid: 7, log, redact, bytesPerSecond });
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await once(stream, 'end');
  return { lines: log.lines, tail: stderr.tail };
}

test('lines, however they are cut, with driver and pid', async () => {
  const umlaut = Buffer.from('ä');
  const { lines } = await logged([
    'one\r\ntw',
    'o\n\n',
    umlaut.subarray(0, 1),
    umlaut.subarray(1),
    '\nno end',
  ]);
  expect(lines.map(({ message }) => message)).toEqual(['one', 'two', 'ä', 'no end']);
  expect(lines[0]).toMatchObject({ level: 'info', fields: { driver: 'x', pid: 7 } });
});

test('levels of JSON lines', async () => {
  const { lines } = await logged([
    '{"level":50,"msg":"a"}\n{"level":"warn","message":"b"}\n{"level":20,"msg":"c"}\n{"level":30}\n{not json\n',
  ]);
  expect(lines.map(({ level, message }) => [level, message])).toEqual([
    ['error', 'a'],
    ['warn', 'b'],
    ['debug', 'c'],
    ['info', '{"level":30}'],
    ['info', '{not json'],
  ]);
});

test('S23: control characters are escaped, secrets taken out', async () => {
  const { lines, tail } = await logged([
    '\u001b[31mred\u202e hunter2\n{"level":"error","msg":"\\u001b[1m hunter2"}\n',
  ]);
  expect(lines.map(({ message }) => message)).toEqual(['\\u001b[31mred\\u202e ***', '\\u001b[1m ***']);
  expect(tail[0]).toBe('\\u001b[31mred\\u202e ***');
});

test('F10: a line is cut at 8 KiB, the tail at ten lines and 4 KiB', async () => {
  const { lines, tail } = await logged([
    'x'.repeat(100_000) + '\n',
    ...Array.from({ length: 20 }, (_, i) => `${String(i)}\n`),
  ]);
  expect(lines[0]?.message).toHaveLength(8192 + ' [cut]'.length);
  expect(tail).toEqual(['10', '11', '12', '13', '14', '15', '16', '17', '18', '19']);
  const long = await logged(Array.from({ length: 10 }, () => 'y'.repeat(1000) + '\n'));
  expect(long.tail).toHaveLength(4);
});

test('F18: what is over the rate is dropped and counted', async () => {
  const { lines } = await logged(
    Array.from({ length: 1000 }, () => 'z'.repeat(99) + '\n'),
    1000,
  );
  const report = lines.at(-1);
  expect(report).toMatchObject({ level: 'warn', fields: { driver: 'x' } });
  expect(Number(report?.fields.dropped) + lines.length - 1).toBe(1000);
  expect(lines.length).toBeLessThan(50);
});

test('F18: short lines count with what the log adds to each', async () => {
  const { lines } = await logged(['.\n'.repeat(10_000)], 10_000);
  expect(lines.length).toBeLessThan(200);
});
