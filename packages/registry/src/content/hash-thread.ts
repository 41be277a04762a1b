import { Worker } from 'node:worker_threads';
import type { Algorithm } from '../reference/digest.js';

/** A thread that hashes. Pieces in shared memory are not copied. */
export interface HashThread {
  begin(algorithm: Algorithm): number;
  update(id: number, piece: Buffer): Promise<void>;
  copy(id: number): number;
  /** The digest so far, in hex. */
  digest(id: number): Promise<string>;
  /** The hash is forgotten when `owner` is. */
  dropWith(owner: object, id: number): void;
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
parentPort.on('message', ({ act, id, call, algorithm, memory, offset, length, to }) => {
  if (act === 'update') {
    hashes.get(id).update(new Uint8Array(memory, offset, length));
    parentPort.postMessage({ call, hex: '' });
  } else if (act === 'begin') hashes.set(id, createHash(algorithm));
  else if (act === 'copy') hashes.set(to, hashes.get(id).copy());
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
  return {
    begin(algorithm) {
      const id = ++ids;
      worker.postMessage({ act: 'begin', id, algorithm });
      return id;
    },
    async update(id, piece) {
      const { buffer: memory, byteOffset: offset, length } = piece;
      if (memory instanceof SharedArrayBuffer) await ask({ act: 'update', id, memory, offset, length });
      else await ask({ act: 'update', id, memory: Uint8Array.from(piece).buffer, offset: 0, length });
    },
    copy(id) {
      const to = ++ids;
      worker.postMessage({ act: 'copy', id, to });
      return to;
    },
    digest: (id) => ask({ act: 'digest', id }),
    dropWith: (owner, id) => {
      dropped.register(owner, id);
    },
    async end() {
      await worker.terminate();
    },
  };
}
