import { StorageError } from '@outrigger/driver';
import type { Family, KeyListener } from '@outrigger/registry';
import { createBundle } from './bundle.js';
import type { Hold, KeysToPrimary, KeysToWorker } from './messages.js';
import { uploadOwner } from './upload-owner.js';

export interface FamilyLinkOptions {
  readonly id: string;
  /** This worker's, from 1. */
  readonly number: number;
  readonly count: number;
  /** What others have claimed already. */
  readonly held: readonly Hold[];
  readonly send: (keys: KeysToPrimary) => void;
}

/** A worker's end of the claims; the primary has the other (claim-desk.ts). */
export interface FamilyLink extends Family {
  receive(keys: KeysToWorker): void;
}

/** A change that cannot be made known for so long is not made. */
const PATIENCE_MS = 20_000;

export function createFamilyLink({ id, number, count, held, send }: FamilyLinkOptions): FamilyLink {
  const bundle = createBundle(send);
  const listeners = new Map<string, KeyListener>();
  const holds = new Map(held);
  const claims = new Map<number, () => void>();
  let last = 0;

  const listenerOf = (key: string): [KeyListener | undefined, string] => {
    const colon = key.indexOf(':');
    return [listeners.get(key.slice(0, colon)), key.slice(colon + 1)];
  };
  const hold = ([claim, key]: Hold): void => {
    holds.set(claim, key);
    const [listener, own] = listenerOf(key);
    listener?.hold(own);
  };
  const drop = (claim: number): void => {
    const key = holds.get(claim);
    if (key === undefined) return;
    holds.delete(claim);
    const [listener, own] = listenerOf(key);
    listener?.release(own);
  };

  return {
    id,
    ownsUpload(upload) {
      const owner = uploadOwner(upload, count);
      return owner === undefined || owner === number;
    },
    listen(kind, listener) {
      listeners.set(kind, listener);
      for (const key of holds.values())
        if (key.startsWith(`${kind}:`)) listener.hold(key.slice(kind.length + 1));
    },
    tell: (key) => bundle.add('tell', key),
    async claim(key) {
      const claim = ++last;
      const release = () => bundle.add('release', claim);
      const { promise, resolve, reject } = Promise.withResolvers<undefined>();
      claims.set(claim, () => resolve(undefined));
      bundle.add('claim', [claim, key]);
      const timer = setTimeout(() => {
        claims.delete(claim);
        release();
        reject(new StorageError('UNAVAILABLE', 'the other processes of this host do not answer'));
      }, PATIENCE_MS);
      await promise.finally(() => clearTimeout(timer));
      return release;
    },
    receive({ hold: held = [], forget = [], grant = [], drop: dropped = [] }) {
      for (const each of held) hold(each);
      if (held.length > 0) bundle.add('held', ...held.map(([claim]) => claim));
      for (const key of forget) {
        const [listener, own] = listenerOf(key);
        listener?.forget(own);
      }
      for (const claim of grant) {
        claims.get(claim)?.();
        claims.delete(claim);
      }
      for (const claim of dropped) drop(claim);
    },
  };
}
