import type { Readable } from 'node:stream';
import { FrameParser, LIMITS, toMessage } from '../../src/index.js';
import type { RpcMessage } from '../../src/index.js';

/** Messages of a stream, to be taken one after the other. */
export interface MessageQueue {
  /** Rejects when the stream has ended, or broke the protocol. */
  next(): Promise<RpcMessage>;
  readonly waiting: number;
}

export function readMessages(stream: Readable): MessageQueue {
  const messages: RpcMessage[] = [];
  let failure: Error | undefined;
  let wake: (() => void) | undefined;
  const notify = () => {
    wake?.();
    wake = undefined;
  };
  const parser = new FrameParser(LIMITS, (value) => {
    messages.push(toMessage(value));
  });
  stream.on('data', (chunk: Buffer) => {
    try {
      parser.push(chunk);
    } catch (error) {
      failure ??= error as Error;
    }
    notify();
  });
  stream.once('end', () => {
    failure ??= new Error('the stream ended');
    notify();
  });
  return {
    get waiting() {
      return messages.length;
    },
    async next() {
      for (;;) {
        const message = messages.shift();
        if (message !== undefined) return message;
        if (failure !== undefined) throw failure;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

export function toFrame(message: unknown): string {
  const text = JSON.stringify(message);
  return `Content-Length: ${String(Buffer.byteLength(text))}\r\n\r\n${text}`;
}
