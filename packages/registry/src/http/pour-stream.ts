import type { Readable } from 'node:stream';
import { finished } from 'node:stream';
import type { Take } from '../content/body.js';
import type { Pace } from './pace.js';

/**
 * Hands the chunks of a stream to `take` as they come. After a failure of `take` the stream is left paused and whole, so that an answer can be
 * sent and the rest be dropped.
 */
export function pourStream(stream: Readable, pace: Pace, take: Take): Promise<void> {
  return new Promise((resolve, reject) => {
    let busy: Promise<void> | undefined;
    const leave = (): void => {
      stream.off('data', onData);
      stopWatching();
      pace.end();
    };
    const fail = (error: unknown): void => {
      leave();
      stream.pause();
      reject(error instanceof Error ? error : new Error('a chunk was not taken', { cause: error }));
    };
    const goOn = (): void => {
      busy = undefined;
      pace.waits();
      stream.resume();
    };
    const onData = (chunk: Uint8Array): void => {
      pace.arrived(chunk.length);
      try {
        busy = take(chunk);
      } catch (error) {
        fail(error);
        return;
      }
      if (busy === undefined) {
        pace.waits();
        return;
      }
      stream.pause();
      busy.then(goOn, fail);
    };
    const stopWatching = finished(stream, { writable: false }, (error) => {
      leave();
      if (error !== null && error !== undefined) reject(error);
      else resolve(busy);
    });
    pace.waits();
    stream.on('data', onData);
  });
}
