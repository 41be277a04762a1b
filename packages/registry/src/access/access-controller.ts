import type { IncomingMessage } from 'node:http';
import type { Identity } from './identity.js';
import type { Need } from './need.js';

/** What a request wants to be allowed to do. */
export interface Wishes {
  /** Without any of them it is refused. */
  readonly needs: readonly Need[];
  /** Without them it is served, but not so well. */
  readonly wanted: readonly Need[];
}

/** Decides about requests. */
export interface AccessController {
  /**
   * Finds out who makes a request. All its needs are granted when it resolves.
   *
   * @throws AccessError
   */
  authorize(req: IncomingMessage, wishes: Wishes): Promise<Identity>;
}
