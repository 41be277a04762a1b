import type { Readable, Writable } from 'node:stream';
import { StorageError, cancelled } from '@outrigger/driver';
import { createMessageConnection } from 'vscode-jsonrpc/node';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { FrameReader } from '../framing/frame-reader.js';
import { FrameWriter } from '../framing/frame-writer.js';
import type { MessageId, RpcMessage } from '../framing/message.js';
import { ProtocolViolation } from '../framing/protocol-violation.js';
import { explainMismatch, referenceOf } from '../protocol/explain-mismatch.js';
import { cancelRequest, progress } from '../protocol/lifecycle.js';
import type { Limits } from '../protocol/limits.js';
import type { Method, ParamsOf, ResultOf } from '../protocol/method.js';
import { fromResponseError } from '../protocol/to-wire.js';
import type { Lie } from './lie.js';
import { toViolation } from './lie.js';
import type { PendingCall, StalledCall } from './pending-call.js';
import { longestSilence } from './pending-call.js';

export type TraceDirection = 'sent' | 'received';

export interface ConnectionOptions {
  /** Where the driver's frames come from: its stdout. */
  readonly input: Readable;
  /** Where the driver reads frames: its stdin. */
  readonly output: Writable;
  readonly limits: Limits;
  /** Sees every message, whole: masking secrets is the caller's part. */
  readonly trace?: ((direction: TraceDirection, message: RpcMessage) => void) | undefined;
  /** The W3C `traceparent` of the work that a call is a part of. Without it no call carries one. */
  readonly traceparent?: (() => string | undefined) | undefined;
  /** Takes the values of secrets out of what the driver says in an error. */
  readonly redact?: ((text: string) => string) | undefined;
}

export interface CallDetails {
  readonly path?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Receives the record of the call, for streams that stop its idle clock. */
  readonly onPending?: (call: PendingCall) => void;
}

/** Takes a result that came after its caller had left. */
export type TakeLate<M extends Method> = (result: ResultOf<M>) => void;

/**
 * The control channel, seen from the host. vscode-jsonrpc correlates; this class adds what it lacks: every pending
 * call is rejected when the channel breaks, answers are checked against their schemas, and an answer that nobody
 * asked for breaks the channel.
 */
export class DriverConnection {
  readonly #rpc: MessageConnection;
  readonly #writer: FrameWriter;
  readonly #traceparent: ConnectionOptions['traceparent'];
  readonly #redact: ConnectionOptions['redact'];
  readonly #pending = new Map<MessageId, PendingCall>();
  #lastId: MessageId = 0;
  #lastActivity = performance.now();
  #failure: StorageError | undefined;
  #hasEnded = false;
  #brokenBy: ((reason: Error) => void) | undefined;
  /** Resolves with the reason when the channel is over, whoever ended it. Never rejects. */
  readonly broken: Promise<Error>;

  constructor(options: ConnectionOptions) {
    const { input, output, limits, trace } = options;
    this.#traceparent = options.traceparent;
    this.#redact = options.redact;
    this.broken = new Promise((resolve) => {
      this.#brokenBy = resolve;
    });
    const reader = new FrameReader(input, limits, {
      onBytes: () => {
        this.touch();
      },
      onMessage: (message) => {
        trace?.('received', message);
        this.#accept(message);
      },
    });
    this.#writer = new FrameWriter(output, (message) => {
      const sent = message as RpcMessage;
      if (sent.method !== undefined && sent.id !== undefined && sent.id !== null) this.#lastId = sent.id;
      trace?.('sent', sent);
    });
    this.#rpc = createMessageConnection(reader, this.#writer, undefined, {
      maxParallelism: Number.MAX_SAFE_INTEGER,
    });
    this.#rpc.onError(([error]) => {
      this.fail(unavailable(error.message, error), error);
    });
    this.#rpc.onClose(() => {
      this.fail(unavailable('the driver closed its channel'));
    });
    this.#rpc.listen();
  }

  /** Any sign of life on any channel. */
  touch(): void {
    this.#lastActivity = performance.now();
  }

  /** How long ago the last sign of life came, in ms. */
  silentMs(now = performance.now()): number {
    return now - this.#lastActivity;
  }

  get inFlight(): number {
    return this.#pending.size;
  }

  get failure(): StorageError | undefined {
    return this.#failure;
  }

  stalled(now = performance.now()): StalledCall | undefined {
    return longestSilence(this.#pending.values(), this.#lastActivity, now);
  }

  /**
   * @throws StorageError what the driver answered; CANCELLED at once when the signal aborts (the driver's answer is
   * then for `takeLate`); UNAVAILABLE when the channel is broken
   */
  call<M extends Method>(
    method: M,
    params: ParamsOf<M>,
    details: CallDetails = {},
    takeLate?: TakeLate<M>,
  ): Promise<ResultOf<M>> {
    const { path = '', signal, onPending } = details;
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#hasEnded) return Promise.reject(unavailable('the channel to the driver is closed'));
    if (signal?.aborted === true) return Promise.reject(cancelled(path, signal.reason));
    return new Promise((resolve, reject) => {
      const traceparent = this.#traceparent?.();
      const sent = traceparent === undefined ? params : { ...asObject(params), traceparent };
      const answered = this.#rpc.sendRequest<unknown>(method.name, sent);
      const id = this.#lastId;
      const now = performance.now();
      const pending: PendingCall = { method, path, startedAt: now, waitingSince: now, reject };
      this.#pending.set(id, pending);
      onPending?.(pending);
      let deliver: TakeLate<M> = resolve;
      const abort = () => {
        void this.#rpc.sendNotification(cancelRequest.name, { id }).catch(() => undefined);
        reject(cancelled(path, signal?.reason));
        if (takeLate !== undefined) deliver = takeLate;
      };
      signal?.addEventListener('abort', abort, { once: true });
      const settle = () => {
        signal?.removeEventListener('abort', abort);
      };
      answered.then(
        (value) => {
          settle();
          this.#resolve(method, id, value, deliver, reject);
        },
        (error: unknown) => {
          settle();
          // What the driver answered counts, also when the channel broke right behind it.
          const isUnanswered = this.#pending.delete(id);
          reject((isUnanswered ? this.#failure : undefined) ?? fromResponseError(error, this.#redact));
        },
      );
    });
  }

  notify(name: string, params: object): void {
    if (this.#failure !== undefined || this.#hasEnded) return;
    void this.#rpc.sendNotification(name, params).catch(() => undefined);
  }

  /** Half-closes the channel behind all that was sent: the end of stdin ends a driver. */
  end(): void {
    this.#hasEnded = true;
    this.#writer.end();
  }

  /**
   * The driver sent what the protocol does not allow: the channel is over.
   *
   * @returns what the call is told that found it out
   */
  violated(violation: ProtocolViolation, path?: string): StorageError {
    this.fail(unavailable(violation.message), violation);
    return new StorageError('UNAVAILABLE', violation.message, { path, cause: violation });
  }

  /** As {@link violated}, for an answer that cannot be one to its request. */
  lied(lie: Lie): StorageError {
    return this.violated(toViolation(lie), lie.path);
  }

  /** Rejects every pending call, and every later one, with `error`. The first failure counts. */
  fail(error: StorageError, reason: Error = error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    this.#rpc.dispose();
    this.#brokenBy?.(reason);
  }

  #resolve<M extends Method>(
    method: M,
    id: MessageId,
    value: unknown,
    resolve: (result: ResultOf<M>) => void,
    reject: (error: StorageError) => void,
  ): void {
    const result = method.result.safeParse(value);
    if (result.success) {
      resolve(result.data as ResultOf<M>);
      return;
    }
    const what = explainMismatch(result.error, 'result');
    const violation = new ProtocolViolation(
      `an answer to ${method.name} (id ${JSON.stringify(id)}) that is not of its schema: ${what}`,
      { see: referenceOf(method.name) },
    );
    reject(this.violated(violation));
  }

  /** @throws ProtocolViolation for an answer without a question, and for a question of the driver */
  #accept(message: RpcMessage): void {
    if (message.method === undefined) {
      const known = message.id !== undefined && message.id !== null && this.#pending.delete(message.id);
      if (!known)
        throw new ProtocolViolation(
          `an answer to a request that is not open: id ${JSON.stringify(message.id)}; each request is answered once, with the id that it came with`,
          { see: 'framing.md#messages' },
        );
      return;
    }
    if (message.id !== undefined)
      throw new ProtocolViolation(`a request from the driver: ${message.method}; only the host asks`, {
        see: 'framing.md#messages',
      });
    if (message.method === cancelRequest.name)
      throw new ProtocolViolation(`a ${cancelRequest.name} from the driver; only the host cancels`, {
        see: 'session.md#cancel',
      });
    if (message.method === progress.name) this.#onProgress(message.params);
  }

  #onProgress(params: unknown): void {
    const parsed = progress.params.safeParse(params);
    if (!parsed.success) {
      const what = explainMismatch(parsed.error, 'params');
      throw new ProtocolViolation(`a ${progress.name} that is not of its schema: ${what}`, {
        see: referenceOf(progress.name),
      });
    }
    const call = this.#pending.get(parsed.data.id);
    if (call?.waitingSince !== undefined) call.waitingSince = performance.now();
  }
}

/** Every method's parameters are an object. */
function asObject(params: unknown): object {
  return params as object;
}

function unavailable(detail: string, cause?: unknown): StorageError {
  return new StorageError('UNAVAILABLE', detail, { cause });
}
