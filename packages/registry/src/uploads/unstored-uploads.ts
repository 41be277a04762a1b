import type { Solitude } from '../replicas/presence.js';
import type { UploadState } from './upload-token.js';

/**
 * Uploads that the store knows nothing of. Most clients begin an upload and send all of it in their next request: so that
 * this costs no more than it has to, a process that is alone on its store, or with its family, writes nothing down before the
 * first byte. The signed token is the upload until then: any replica takes it, also after a restart.
 *
 * What was stored of such an upload, or that it has ended, is remembered here for as long as there is room. A token that
 * is used again after that begins an empty upload, which harms nobody and goes when it is old.
 */
export interface UnstoredUploads {
  begin(state: UploadState): void;
  /** When an upload of which surely nothing is stored began; undefined for all others. */
  beginOf(name: string, id: string): Date | undefined;
  /** Whether the token of an upload that the store does not know still is one. */
  isOpen(state: UploadState): boolean;
  /** Something of it is stored from now on, or it has ended: the store is right about it. */
  leave(id: string): void;
}

interface Begun {
  readonly name: string;
  readonly startedAt: Date;
  readonly epoch: number;
}

const MAX_REMEMBERED = 10_000;
/** As old as an upload may become in the store, unless it is said. */
const MAX_AGE_MS = 7 * 24 * 60 * 60_000;

/** @param solitude - of this process and its family: another one could have stored something */
export function createUnstoredUploads(solitude: Solitude): UnstoredUploads {
  const uploads = new Map<string, Begun | 'stored or ended'>();
  const remember = (id: string, what: Begun | 'stored or ended'): void => {
    uploads.delete(id);
    uploads.set(id, what);
    const [oldest] = uploads.keys();
    if (uploads.size > MAX_REMEMBERED && oldest !== undefined) uploads.delete(oldest);
  };
  return {
    begin({ name, id, startedAt }) {
      remember(id, { name, startedAt, epoch: solitude.epoch });
    },
    beginOf(name, id) {
      const begun = uploads.get(id);
      if (begun === undefined || begun === 'stored or ended' || begun.name !== name) return undefined;
      return solitude.isAlone() && solitude.epoch === begun.epoch ? begun.startedAt : undefined;
    },
    isOpen: ({ id, startedAt, isUnstored }) =>
      isUnstored === true &&
      uploads.get(id) !== 'stored or ended' &&
      Date.now() - startedAt.getTime() < MAX_AGE_MS,
    leave(id) {
      remember(id, 'stored or ended');
    },
  };
}
