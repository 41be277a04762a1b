import { Worker } from 'node:worker_threads';
import type { Algorithm } from '../reference/digest.js';

/** A hash of the pieces so far, in this thread or another. */
export interface RunningHash {
  /** @returns a promise when the piece is still read from */
  update(piece: Buffer): Promise<void> | undefined;
  copy(): RunningHash;
  /** In hex; more may follow. */
  digest(): Promise<string>;
}

/** A thread that hashes. Pieces in shared memory are not copied. A hash that nobody has any more is forgotten. */
export interface HashThread {
  begin(algorithm: Algorithm): RunningHash;
  end(): Promise<void>;
}

interface Waiting {
  readonly resolve: (hex: string) => void;
  readonly reject: (error: Error) => void;
}

interface Answer {
  readonly call: number;
  readonly hex: string;
}

let current: HashThread | undefined;

/** The one of this process, which starts with the first large content. One is as fast as a disk, and leaves a core to the rest. */
export function hashThread(): HashThread {
  current ??= startHashThread(() => {
    current = undefined;
  });
  return current;
}

/** Ends the thread, if there is one, which nobody waits for any more. */
export async function endHashing(): Promise<void> {
  await current?.end();
}

/** As text, since the thread has to start from sources and from a build alike. */
const SCRIPT = `
const { parentPort } = require('node:worker_threads');
const { createHash } = require('node:crypto');
const hashes = new Map();
parentPort.on('message', ({ act, id, call, algorithm, memory, offset, length, from }) => {
  if (act === 'update') {
    hashes.get(id).update(new Uint8Array(memory, offset, length));
    parentPort.postMessage({ call, hex: '' });
  } else if (act === 'begin') hashes.set(id, createHash(algorithm));
  else if (act === 'copy') hashes.set(id, hashes.get(from).copy());
  else if (act === 'digest') parentPort.postMessage({ call, hex: hashes.get(id).copy().digest('hex') });
  else hashes.delete(id);
});
`;

function startHashThread(onEnd: () => void): HashThread {
  const worker = new Worker(SCRIPT, {
    eval: true,
    name: 'hash',
    resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2 },
  });
  const waiting = new Map<number, Waiting>();
  const dropped = new FinalizationRegistry<number>((id) => {
    worker.postMessage({ act: 'drop', id });
  });
  let calls = 0;
  let ids = 0;
  let failure: Error | undefined;

  worker.on('message', ({ call, hex }: Answer) => {
    waiting.get(call)?.resolve(hex);
    waiting.delete(call);
  });
  const fail = (error: Error): void => {
    failure ??= error;
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
    onEnd();
  };
  worker.on('error', fail);
  worker.on('exit', () => {
    fail(new Error('the thread that hashes has ended'));
  });

  // Whoever waits for it is waited for by a request; it keeps no process running.
  worker.unref();

  const ask = (request: Readonly<Record<string, unknown>>): Promise<string> => {
    if (failure !== undefined) return Promise.reject(failure);
    const call = ++calls;
    return new Promise((resolve, reject) => {
      waiting.set(call, { resolve, reject });
      worker.postMessage({ ...request, call });
    });
  };
  const running = (id: number): RunningHash => {
    const hash: RunningHash = {
      async update(piece) {
        const { buffer: memory, byteOffset: offset, length } = piece;
        if (memory instanceof SharedArrayBuffer) await ask({ act: 'update', id, memory, offset, length });
        else await ask({ act: 'update', id, memory: Uint8Array.from(piece).buffer, offset: 0, length });
      },
      copy: () => create({ act: 'copy', from: id }),
      digest: () => ask({ act: 'digest', id }),
    };
    dropped.register(hash, id);
    return hash;
  };
  const create = (how: Readonly<Record<string, unknown>>): RunningHash => {
    const id = ++ids;
    worker.postMessage({ ...how, id });
    return running(id);
  };
  return {
    begin: (algorithm) => create({ act: 'begin', algorithm }),
    async end() {
      await worker.terminate();
    },
  };
}
