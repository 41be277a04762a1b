import type { KeysToWorker, Start, ToPrimary, ToWorker } from './messages.js';

/** A worker's end of the channel to the primary. When the primary is gone Node ends the worker at once. */
export interface Channel {
  /** Says hello; resolves with what is to be done. */
  readonly start: Promise<Start>;
  /** Resolves when no more connections are to be taken, or it is to end. */
  readonly drain: Promise<void>;
  readonly close: Promise<void>;
  send(message: ToPrimary): void;
  /** Resolves when it has gone out. */
  sendLast(message: ToPrimary): Promise<void>;
  /** Both are called from then on; what comes before is kept. */
  attach(listener: ChannelListener): void;
}

export interface ChannelListener {
  keys(keys: KeysToWorker): void;
  ask(question: Extract<ToWorker, { type: 'ask' }>): Promise<unknown>;
}

export function openChannel(): Channel {
  const started = Promise.withResolvers<Start>();
  const drained = Promise.withResolvers<undefined>();
  const closed = Promise.withResolvers<undefined>();
  let listener: ChannelListener | undefined;
  const early: ToWorker[] = [];
  const send = (message: ToPrimary, done: () => void = () => undefined): void => {
    // The end of the primary is no error of this message.
    process.send?.(message, undefined, undefined, done);
  };
  const answer = async (question: Extract<ToWorker, { type: 'ask' }>): Promise<void> => {
    const { id } = question;
    try {
      send({ type: 'answer', id, value: await listener?.ask(question) });
    } catch (error) {
      send({ type: 'answer', id, error: error instanceof Error ? error.message : 'unknown reason' });
    }
  };
  const deliver = (message: ToWorker): void => {
    if (message.type === 'keys') listener?.keys(message);
    else if (message.type === 'ask') void answer(message);
  };
  process.on('message', (message: ToWorker) => {
    if (message.type === 'start') started.resolve(message);
    else if (message.type === 'drain') drained.resolve(undefined);
    else if (message.type === 'close') {
      drained.resolve(undefined);
      closed.resolve(undefined);
    } else if (listener === undefined) early.push(message);
    else deliver(message);
  });
  send({ type: 'hello' });
  return {
    start: started.promise,
    drain: drained.promise,
    close: closed.promise,
    send,
    sendLast: (message) => new Promise((resolve) => send(message, resolve)),
    attach(next) {
      listener = next;
      for (const message of early.splice(0)) deliver(message);
    },
  };
}
