import { z } from 'zod';
import { QUICK_MS, defineMethod } from './method.js';

const nothing = z.object({});

export const ping = defineMethod({
  name: 'ping',
  summary: 'Answered at once, whatever else the driver does.',
  params: nothing,
  result: nothing,
  errors: [],
  idleTimeoutMs: 5_000,
  repeatable: true,
});

export const shutdown = defineMethod({
  name: 'shutdown',
  summary: 'The driver finishes what it works on, gives everything back and answers. Only `exit` may follow.',
  params: nothing,
  result: nothing,
  errors: [],
  idleTimeoutMs: QUICK_MS,
  repeatable: false,
});

/** Notification: the driver ends, with status 0 after a shutdown and 1 without. */
export const exit = { name: 'exit', params: nothing } as const;

/** Notification of the host: it no longer wants the answer to request `id`. The request is answered all the same, once. */
export const cancelRequest = {
  name: '$/cancelRequest',
  params: z.object({ id: z.union([z.int(), z.string()]) }),
} as const;

/** Notification of the driver: it still works on request `id`. */
export const progress = {
  name: '$/progress',
  params: z.object({ id: z.union([z.int(), z.string()]), bytes: z.int().nonnegative().optional() }),
} as const;
