import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';

/** A whole answer that has come to its regular end. */
export interface Pulled {
  readonly status: number;
  /** As announced. */
  readonly contentLength: number;
  readonly bytes: number;
  readonly digest: string;
}

export interface PullOptions {
  /** Stops reading after so many bytes, until `resume`. */
  readonly pauseAt?: number;
}

export interface Pull {
  /** The request is on its way. */
  readonly sent: Promise<void>;
  /** `pauseAt` is reached. */
  readonly paused: Promise<void>;
  readonly resume: () => void;
  /** Rejects when the answer breaks off. */
  readonly result: Promise<Pulled>;
}

/** A client that reads when it is told to, also from where it is redirected to, so that a fault meets a transfer in its middle. */
export function pull(url: string, { pauseAt = Infinity }: PullOptions = {}): Pull {
  const sent = Promise.withResolvers<undefined>();
  const paused = Promise.withResolvers<undefined>();
  const result = Promise.withResolvers<Pulled>();
  paused.promise.catch(() => undefined);
  result.promise.catch((error: unknown) => paused.reject(error));
  let resume = (): void => undefined;
  const receive = (res: IncomingMessage) => {
    const { location } = res.headers;
    if (res.statusCode === 307 && location !== undefined) {
      res.resume();
      ask(location);
      return;
    }
    const hash = createHash('sha256');
    let bytes = 0;
    let isPaused = false;
    const stopAt = () => {
      if (isPaused || bytes < pauseAt) return;
      isPaused = true;
      res.pause();
      paused.resolve(undefined);
    };
    resume = () => void res.resume();
    res.on('data', (chunk: Buffer) => {
      hash.update(chunk);
      bytes += chunk.length;
      stopAt();
    });
    res.on('error', result.reject);
    res.on('end', () => {
      const contentLength = Number(res.headers['content-length']);
      const digest = `sha256:${hash.digest('hex')}`;
      paused.resolve(undefined);
      result.resolve({ status: res.statusCode ?? 0, contentLength, bytes, digest });
    });
    stopAt();
  };
  const ask = (from: string) => {
    const req = httpRequest(from, { agent: false }, receive);
    req.on('finish', () => sent.resolve(undefined));
    req.on('error', result.reject);
    req.end();
  };
  ask(url);
  return { sent: sent.promise, paused: paused.promise, result: result.promise, resume: () => resume() };
}
