import type { Readable, Writable } from 'node:stream';
import type { DriverFactory, Parameters, StorageDriver } from '@outrigger/driver';
import { InvalidParametersError, checkDriver, toStorageError } from '@outrigger/driver';
import {
  CancellationTokenSource,
  ErrorCodes,
  ResponseError,
  createMessageConnection,
} from 'vscode-jsonrpc/node';
import type { CancellationToken, MessageConnection, RequestMessage } from 'vscode-jsonrpc/node';
import type { z } from 'zod';
import { dispatchAtOnce } from '../framing/dispatch-at-once.js';
import { FrameReader } from '../framing/frame-reader.js';
import { FrameWriter } from '../framing/frame-writer.js';
import type { MessageId } from '../framing/message.js';
import { put } from '../protocol/content.js';
import { HANDSHAKE_ERROR_NUMBERS } from '../protocol/error-codes.js';
import { PROTOCOL_VERSIONS, initialize, initialized } from '../protocol/initialize.js';
import { explainMismatch } from '../protocol/explain-mismatch.js';
import { exit, ping, progress, shutdown } from '../protocol/lifecycle.js';
import { LIMITS } from '../protocol/limits.js';
import type { ParamsOf, ResultOf } from '../protocol/method.js';
import { copy, move, remove } from '../protocol/namespace.js';
import { toResponseError } from '../protocol/to-wire.js';
import { isHeeded } from './is-heeded.js';
import type { Operation, OperationContext } from './operations.js';
import { createOperations } from './operations.js';
import type { ProbeFile } from './probe-file.js';
import { placeProbeFile } from './probe-file.js';
import type { AroundRequest } from './trace-context.js';
import { traceparentOf, withTraceContext } from './trace-context.js';
import { Writers } from './writers.js';

/** How often a request that is still worked on says so. The first time comes within twice that: within the 5 s of the document. */
const PROGRESS_MS = 2_000;

/** What is under way of these is finished at the end of a session: half of it may be done already. Commits are the writers' part. */
const FINISHED: ReadonlySet<string> = new Set([put.name, move.name, copy.name, remove.name]);

interface ActiveRequest {
  readonly method: string;
  readonly startedAt: number;
  readonly abort: AbortController;
  readonly settled: Promise<undefined>;
}

export interface SessionOptions {
  readonly input: Readable;
  readonly output: Writable;
  readonly factory: DriverFactory;
  /** Of argument 1; those of `initialize` replace them. */
  readonly parameters: Parameters;
  /** Traces the requests that come with a trace context. */
  readonly around?: AroundRequest | undefined;
}

/** One host on one pair of streams. `ended` resolves with the exit status that the end of the session calls for. */
export class Session {
  readonly ended: Promise<number>;
  readonly #factory: DriverFactory;
  readonly #parameters: Parameters;
  readonly #around: AroundRequest | undefined;
  readonly #rpc: MessageConnection;
  readonly #operations = createOperations();
  readonly #active = new Map<MessageId, ActiveRequest>();
  readonly #progressTimer: NodeJS.Timeout;
  #served: OperationContext | undefined;
  #probe: ProbeFile | undefined;
  #state: 'new' | 'initializing' | 'ready' | 'shutdown' = 'new';
  #incomingId: MessageId = 0;
  #end: (status: number) => void = () => undefined;

  constructor(options: SessionOptions) {
    this.#factory = options.factory;
    this.#parameters = options.parameters;
    this.#around = options.around;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    dispatchAtOnce();
    const reader = new FrameReader(options.input, LIMITS, { isHeeded });
    const writer = new FrameWriter(options.output);
    this.#rpc = createMessageConnection(reader, writer, undefined, {
      cancellationStrategy: {
        receiver: {
          kind: 'request',
          createCancellationTokenSource: (request: RequestMessage) => {
            this.#incomingId = request.id ?? 0;
            return new CancellationTokenSource();
          },
        },
        sender: { sendCancellation: () => Promise.resolve(), cleanup: () => undefined },
      },
    });
    this.#rpc.onRequest((method, params, token) => this.#dispatch(this.#incomingId, method, params, token));
    this.#rpc.onNotification((method) => {
      this.#notified(method);
    });
    this.#rpc.onError(([error]) => {
      process.stderr.write(`the host broke the protocol: ${error.message}\n`);
      this.#end(1);
    });
    this.#rpc.onClose(() => {
      this.#end(0);
    });
    this.#progressTimer = setInterval(() => {
      this.#reportProgress();
    }, PROGRESS_MS).unref();
    this.#rpc.listen();
  }

  /** Takes back or finishes what is under way, and gives everything back. */
  async close(): Promise<void> {
    clearInterval(this.#progressTimer);
    const active = [...this.#active.values()];
    for (const { abort } of active) abort.abort();
    await Promise.all(active.filter(({ method }) => FINISHED.has(method)).map(({ settled }) => settled));
    await this.#probe?.remove();
    await this.#served?.writers.closeAll();
    await this.#served?.driver.close();
    this.#served = undefined;
  }

  async #dispatch(
    id: MessageId,
    method: string,
    params: unknown,
    token: CancellationToken,
  ): Promise<unknown> {
    const abort = new AbortController();
    const { promise: settled, resolve: settle } = Promise.withResolvers<undefined>();
    this.#active.set(id, { method, startedAt: performance.now(), abort, settled });
    if (token.isCancellationRequested) abort.abort();
    const listening = token.onCancellationRequested(() => {
      abort.abort();
    });
    try {
      return await this.#run(method, params ?? {}, abort.signal);
    } catch (error) {
      throw error instanceof ResponseError ? error : toResponseError(toStorageError(error));
    } finally {
      listening.dispose();
      this.#active.delete(id);
      settle(undefined);
    }
  }

  async #run(method: string, params: unknown, signal: AbortSignal): Promise<unknown> {
    if (method === initialize.name) return this.#initialize(checked(initialize.params, params, method));
    const operation = this.#operations.get(method);
    if (operation === undefined && method !== ping.name && method !== shutdown.name) {
      throw new ResponseError(ErrorCodes.MethodNotFound, `no method ${JSON.stringify(method)}`);
    }
    if (this.#served === undefined || this.#state !== 'ready') {
      throw new ResponseError(
        HANDSHAKE_ERROR_NUMBERS.NOT_INITIALIZED,
        `${method} outside of a session: it starts with initialize`,
      );
    }
    if (method === ping.name) return {};
    if (operation === undefined) return this.#shutdown();
    const run: Operation = operation.run;
    const served = this.#served;
    const checkedParams = checked(operation.method.params, params, method);
    const traceparent = traceparentOf(params);
    if (traceparent === undefined) return run(checkedParams, served, signal);
    return withTraceContext(method, traceparent, this.#around, () => run(checkedParams, served, signal));
  }

  async #initialize(params: ParamsOf<typeof initialize>): Promise<ResultOf<typeof initialize>> {
    if (this.#state !== 'new')
      throw new ResponseError(HANDSHAKE_ERROR_NUMBERS.ALREADY_INITIALIZED, 'initialize came before');
    const protocolVersion = PROTOCOL_VERSIONS.filter((version) =>
      params.protocolVersions.includes(version),
    ).at(-1);
    if (protocolVersion === undefined) {
      const versions = PROTOCOL_VERSIONS.join(', ');
      const message = `no common protocol version: this driver speaks ${versions}, the host ${params.protocolVersions.join(', ')}`;
      throw new ResponseError(HANDSHAKE_ERROR_NUMBERS.NO_COMMON_VERSION, message, {
        protocolVersions: PROTOCOL_VERSIONS,
      });
    }
    this.#state = 'initializing';
    const driver = await this.#create(params.parameters ?? this.#parameters);
    this.#served = { driver, limits: params.limits, socketPath: params.socketPath, writers: new Writers() };
    const hasFiles =
      driver.capabilities.localFiles === true &&
      params.nonce !== undefined &&
      params.dataPlanes.includes('file');
    this.#probe = hasFiles
      ? await placeProbeFile(driver.capabilities.roots ?? [], params.nonce ?? '')
      : undefined;
    this.#state = 'ready';
    return {
      protocolVersion,
      driver: { name: driver.name, version: this.#factory.version },
      capabilities: {
        ...driver.capabilities,
        roots: driver.capabilities.roots && [...driver.capabilities.roots],
      },
      dataPlanes:
        driver.capabilities.localFiles === true ? ['inline', 'socket', 'file'] : ['inline', 'socket'],
      concurrency: this.#factory.concurrency,
      probe: this.#probe?.location,
    };
  }

  async #create(parameters: Parameters): Promise<StorageDriver> {
    try {
      return checkDriver(await this.#factory.create(parameters));
    } catch (error) {
      this.#state = 'new';
      if (!(error instanceof InvalidParametersError)) throw error;
      throw new ResponseError(HANDSHAKE_ERROR_NUMBERS.INVALID_PARAMETERS, error.message, {
        issues: error.issues,
      });
    }
  }

  async #shutdown(): Promise<object> {
    this.#state = 'shutdown';
    await this.close();
    return {};
  }

  #notified(method: string): void {
    if (method === initialized.name) void this.#probe?.remove();
    if (method === exit.name) this.#end(this.#state === 'shutdown' ? 0 : 1);
  }

  #reportProgress(): void {
    const now = performance.now();
    for (const [id, { startedAt }] of this.#active) {
      if (now - startedAt >= PROGRESS_MS)
        void this.#rpc.sendNotification(progress.name, { id }).catch(() => undefined);
    }
  }
}

function checked<S extends z.ZodType>(schema: S, params: unknown, method: string): z.infer<S> {
  const parsed = schema.safeParse(params);
  if (parsed.success) return parsed.data;
  throw new ResponseError(ErrorCodes.InvalidParams, `${method}: ${explainMismatch(parsed.error, 'params')}`);
}
