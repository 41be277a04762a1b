import type { StorageErrorCode } from '@outrigger/driver';
import type { z } from 'zod';

/** One method of the protocol: everything that either side knows about it comes from here, the JSON Schemas too. */
export interface Method<P extends z.ZodType = z.ZodType, R extends z.ZodType = z.ZodType> {
  readonly name: string;
  /** One sentence for the reference. */
  readonly summary: string;
  readonly params: P;
  readonly result: R;
  /** The codes that it answers besides UNAVAILABLE, CANCELLED and INTERNAL, which every operation may answer. */
  readonly errors: readonly StorageErrorCode[];
  /** Longest silence, in ms, of a driver that works on it: no frame, no data byte, no progress. */
  readonly idleTimeoutMs: number;
  /** May be sent again after a lost reply without changing the outcome. */
  readonly repeatable: boolean;
}

export function defineMethod<P extends z.ZodType, R extends z.ZodType>(method: Method<P, R>): Method<P, R> {
  return method;
}

export type ParamsOf<M extends Method> = z.infer<M['params']>;
export type ResultOf<M extends Method> = z.infer<M['result']>;

/** Idle limit of a call that a healthy driver answers at once. */
export const QUICK_MS = 10_000;
/** Idle limit of a call that may be long, and then reports progress at least every 5 s. */
export const LONG_MS = 30_000;
