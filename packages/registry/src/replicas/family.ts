/**
 * The processes of one host that serve one store together. Each of them remembers what it has found there, as a lone registry
 * does (content/facts.ts): before one of them makes something else true, it claims the key of that fact, and all others
 * forget it, and remember nothing of it until the claim is released.
 */
export interface Family {
  /** For the presence, see presence.ts: the same in all processes of the family, and in no others. */
  readonly id: string;
  /**
   * Resolves when no other process of the family answers from memory what the key stands for. Call what it resolves to when
   * the change has been made, or has failed.
   *
   * @throws StorageError UNAVAILABLE
   */
  claim(key: string): Promise<() => void>;
  /** The others forget the key, soon. For what is no lie to remember, but better looked up again. */
  tell(key: string): void;
  /** Tells of the claims of the others, of all keys of a kind. */
  listen(kind: string, listener: KeyListener): void;
  /** Whether this process serves an upload; the others pass its requests on. Each upload belongs to one of them. */
  ownsUpload(id: string): boolean;
}

/** Keys without their kind. What it does is done when it returns. */
export interface KeyListener {
  /** Somebody is about to change the key. Comes again for every other one who is. */
  hold(key: string): void;
  /** One who held the key does not any more. */
  release(key: string): void;
  /** Somebody has changed the key. */
  forget(key: string): void;
}

/** What facts of one kind need of a family. */
export interface SharedKeys {
  claim(key: string): Promise<() => void>;
  tell(key: string): void;
  listen(listener: KeyListener): void;
}

/** @param kind - without a colon */
export function keysOfKind(family: Family, kind: string): SharedKeys {
  return {
    claim: (key) => family.claim(`${kind}:${key}`),
    tell: (key) => family.tell(`${kind}:${key}`),
    listen: (listener) => family.listen(kind, listener),
  };
}
