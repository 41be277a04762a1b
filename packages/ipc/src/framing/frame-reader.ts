import type { Readable } from 'node:stream';
import { AbstractMessageReader } from 'vscode-jsonrpc/node';
import type { DataCallback, Disposable, MessageReader } from 'vscode-jsonrpc/node';
import type { FrameLimits } from './frame-parser.js';
import { FrameParser } from './frame-parser.js';
import type { RpcMessage } from './message.js';
import { toMessage } from './message.js';

export interface FrameReaderHooks {
  /** Any bytes came. */
  readonly onBytes?: (count: number) => void;
  /** Sees every message before the connection does. May throw ProtocolViolation. */
  readonly onMessage?: (message: RpcMessage) => void;
  /** What it says no to is dropped. */
  readonly isHeeded?: (message: RpcMessage) => boolean;
}

/**
 * vscode-jsonrpc's reader with limits: its own has no caps, and bytes that are no frame leave it waiting for ever. The first
 * violation is reported by `onError`, and nothing is read afterwards.
 */
export class FrameReader extends AbstractMessageReader implements MessageReader {
  readonly #stream: Readable;
  readonly #limits: FrameLimits;
  readonly #hooks: FrameReaderHooks;

  constructor(stream: Readable, limits: FrameLimits, hooks: FrameReaderHooks = {}) {
    super();
    this.#stream = stream;
    this.#limits = limits;
    this.#hooks = hooks;
  }

  override listen(callback: DataCallback): Disposable {
    const { onBytes, onMessage, isHeeded } = this.#hooks;
    const parser = new FrameParser(this.#limits, (value) => {
      const message = toMessage(value);
      onMessage?.(message);
      if (isHeeded?.(message) !== false) callback(message);
    });
    let ended = false;
    const finish = (act: () => void) => {
      if (ended) return;
      try {
        act();
      } catch (error) {
        ended = true;
        this.fireError(error);
      }
    };
    const onData = (chunk: Buffer) => {
      onBytes?.(chunk.length);
      finish(() => {
        parser.push(chunk);
      });
    };
    const onEnd = () => {
      finish(() => {
        parser.end();
        ended = true;
        this.fireClose();
      });
    };
    const onError = (error: Error) => {
      finish(() => {
        throw error;
      });
    };
    this.#stream.on('data', onData).on('end', onEnd).on('close', onEnd).on('error', onError).resume();
    return {
      dispose: () => {
        ended = true;
        this.#stream.off('data', onData).off('end', onEnd).off('close', onEnd).off('error', onError);
      },
    };
  }
}
