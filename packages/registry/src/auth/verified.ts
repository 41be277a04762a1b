import { createHmac, randomBytes } from 'node:crypto';
import type { Subject } from './authenticator.js';

/** A proof that was found good. */
export interface Proof {
  readonly subject: Subject;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/**
 * Remembers for a short while which credentials were good, and lets requests that come with the same ones at the same
 * time share one look. Holds no credentials, only their HMAC under a key that nobody else has.
 */
export interface Verified {
  /** @param look - finds out; what it throws is not remembered */
  get(credentials: string, look: () => Promise<Proof>): Promise<Subject>;
}

const MAX_PROOFS = 4096;

export function createVerified(now: () => number): Verified {
  const key = randomBytes(32);
  const proofs = new Map<string, Proof>();
  const looking = new Map<string, Promise<Subject>>();

  async function find(id: string, look: () => Promise<Proof>): Promise<Subject> {
    try {
      const proof = await look();
      proofs.delete(id);
      proofs.set(id, proof);
      const [oldest] = proofs.keys();
      if (proofs.size > MAX_PROOFS && oldest !== undefined) proofs.delete(oldest);
      return proof.subject;
    } finally {
      looking.delete(id);
    }
  }

  return {
    get(credentials, look) {
      const id = createHmac('sha256', key).update(credentials).digest('base64');
      const proof = proofs.get(id);
      if (proof !== undefined && now() < proof.until) return Promise.resolve(proof.subject);
      let found = looking.get(id);
      if (found === undefined) {
        found = find(id, look);
        looking.set(id, found);
      }
      return found;
    },
  };
}
