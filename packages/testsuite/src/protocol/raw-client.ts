import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { createFrameDecoder, encodeFrame } from './frame.js';

/** What a driver answered to one request. */
export interface RawAnswer {
  readonly id: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

export interface RawExit {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A driver's process, spoken to in bytes. */
export interface RawClient {
  readonly exited: Promise<RawExit>;
  /** Every answer so far. */
  readonly answers: readonly RawAnswer[];
  /** Bytes on stdout that belong to no frame. */
  readonly fault: Error | undefined;
  /** The last request, its answer, and the end of the log: what the author of a driver wants to know of a failure. */
  readonly lastWords: () => string | undefined;
  /** What came on stdout as it came, when that is no protocol. */
  readonly output: () => string;
  /** Writes bytes as they are; what the process no longer takes is dropped. */
  send(bytes: Uint8Array | string): void;
  /** Sends a request and waits for its answer; rejects when the process ends before. */
  request(method: string, params?: unknown): Promise<RawAnswer>;
  /** The answer to a request that was sent as bytes. */
  answerTo(id: number | string): Promise<RawAnswer>;
  notify(method: string, params: unknown): void;
  /** A number that no request had. */
  nextId(): number;
  endInput(): void;
  signal(signal: NodeJS.Signals): void;
}

export interface RawCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What is wrong with the result of a method, if something is. */
  readonly explainResult?: ExplainResult | undefined;
}

export type ExplainResult = (method: string, result: unknown) => string | undefined;

export function startRawClient({ file, args, environment, explainResult }: RawCommand): RawClient {
  const child = spawn(file, args, {
    env: { ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const { stdin, stdout, stderr } = child;
  // A pipe that breaks is no error here: how the process ended is.
  stdin.on('error', () => undefined);
  const words = lastWords(stderr);
  const exited = exitOf(child);
  const received = receive(stdout);
  let id = 0;
  let last: { readonly id: number; readonly sent: string } | undefined;

  const answerTo = async (wanted: number | string): Promise<RawAnswer> => {
    const gone = exited.then(({ status, signal }) => {
      throw new Error(
        `the driver ended (${signal ?? `status ${String(status)}`}) and owes an answer; last words: ${words()}`,
      );
    });
    gone.catch(() => undefined);
    return Promise.race([received.answerTo(wanted), gone]);
  };
  return {
    exited,
    answers: received.answers,
    output: received.output,
    lastWords: () =>
      last &&
      describeExchange(
        last.sent,
        received.answers.find((each) => each.id === last?.id),
        words(),
      ),
    get fault() {
      return received.fault();
    },
    answerTo,
    nextId: () => ++id,
    send: (bytes) => void stdin.write(bytes),
    notify: (method, params) => void stdin.write(encodeFrame({ jsonrpc: '2.0', method, params })),
    request: async (method, params = {}) => {
      const own = ++id;
      const message = { jsonrpc: '2.0', id: own, method, params };
      last = { id: own, sent: shown(message) };
      stdin.write(encodeFrame(message));
      const answer = await answerTo(own);
      // Whatever a case is about: a result has the fields of its method.
      const fault = answer.error === undefined ? explainResult?.(method, answer.result) : undefined;
      if (fault !== undefined) throw new Error(fault);
      return answer;
    },
    endInput: () => endOf(stdin),
    signal: (signal) => signalGroup(child, signal),
  };
}

function receive(stdout: Readable) {
  const answers: RawAnswer[] = [];
  const waiting = new Map<unknown, (answer: RawAnswer) => void>();
  const decoder = createFrameDecoder();
  const seen: Buffer[] = [];
  let fault: Error | undefined;
  const take = (message: unknown) => {
    if (typeof message !== 'object' || message === null || !('id' in message) || 'method' in message) return;
    // The one place where the driver's JSON becomes an answer; the cases look at what is in it.
    const answer = message as RawAnswer;
    answers.push(answer);
    waiting.get(answer.id)?.(answer);
  };
  stdout.on('data', (chunk: Buffer) => {
    if (seen.length < MAX_SEEN_CHUNKS) seen.push(chunk);
    if (fault !== undefined) return;
    try {
      decoder.push(chunk).forEach(take);
    } catch (error) {
      fault = error instanceof Error ? error : new Error(String(error));
    }
  });
  return {
    answers,
    fault: () => fault,
    output: () => Buffer.concat(seen).toString('utf8'),
    answerTo: (id: number | string) =>
      new Promise<RawAnswer>((resolve) => {
        const early = answers.find((answer) => answer.id === id);
        if (early === undefined) waiting.set(id, resolve);
        else resolve(early);
      }),
  };
}

const MAX_SEEN_CHUNKS = 100;

function describeExchange(sent: string, answer: RawAnswer | undefined, words: string): string {
  const answered = answer === undefined ? 'not answered' : `answered ${shorten(JSON.stringify(answer))}`;
  return `last request ${shorten(sent)}, ${answered}; last lines of stderr ${words}`;
}

function shorten(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}...`;
}

/** Parameters may be secret. */
function shown({ params, ...message }: { readonly method: string; readonly params: unknown }): string {
  const isOpen = message.method !== 'initialize';
  return JSON.stringify({ ...message, params: isOpen ? params : '(not shown: parameters may be secret)' });
}

const MAX_SHOWN = 300;

function lastWords(stderr: Readable): () => string {
  let tail = '';
  stderr.on('data', (chunk: Buffer) => (tail = (tail + chunk.toString('utf8')).slice(-500)));
  return () => JSON.stringify(tail);
}

/** Settles when the process has ended and its stdout is drained. */
function exitOf(child: ChildProcess): Promise<RawExit> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve({ status, signal }));
  });
}

function endOf(stdin: Writable): void {
  stdin.end();
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
