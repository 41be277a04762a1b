import { createCall } from '../src/retry.js';
import type { Service } from '../src/service.js';

export interface FakeParts {
  readonly container?: unknown;
  /** The client of every blob. */
  readonly blob?: unknown;
  readonly blockBlob?: unknown;
  readonly signer?: Service['signer'];
}

/** A service whose clients are what a test makes of them: for what a real one shows only when it likes. */
export function fakeService(parts: FakeParts): Service {
  const refuse = () => {
    throw new Error('this test does not ask for it');
  };
  return {
    container: parts.container as Service['container'],
    signer: parts.signer ?? { sign: refuse },
    call: createCall({ tries: 1, retryDelayMs: 0 }),
    toName: (key) => key,
    toKey: (name) => name,
    blob: () => parts.blob as ReturnType<Service['blob']>,
    blockBlob: () => (parts.blockBlob ?? refuse()) as ReturnType<Service['blockBlob']>,
  };
}
