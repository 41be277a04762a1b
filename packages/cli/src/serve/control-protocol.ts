import { z } from 'zod';

/** What a running registry tells of one of its drivers. */
export const ControlledDriver = z.object({
  /** As configured. */
  name: z.string(),
  /** `in-process` for a driver without a process of its own; otherwise the supervisor's state. */
  state: z.enum(['in-process', 'starting', 'ready', 'backoff', 'open', 'stopped']),
  version: z.string().optional(),
  pid: z.int().optional(),
  restarts: z.int().optional(),
  /** Whether calls fail at once. */
  breaker: z.enum(['closed', 'open']).optional(),
  dataPlanes: z.array(z.string()).optional(),
  path: z.string().optional(),
  realPath: z.string().optional(),
  lastError: z.string().optional(),
  /** Processes that were replaced and end what they have begun. */
  draining: z.array(z.object({ pid: z.int(), version: z.string(), users: z.int() })).optional(),
  /** Prefix of the repositories that it stores; absent: all that no other store has. */
  store: z.string().optional(),
  /** Number of the worker that it belongs to; absent: that of the main process. */
  worker: z.int().optional(),
});

export type ControlledDriver = z.infer<typeof ControlledDriver>;

/** The answer to a reload. */
export const ReloadedDriver = ControlledDriver.extend({
  /** In the other processes of the registry. */
  others: z.array(ControlledDriver).optional(),
});

export type ReloadedDriver = z.infer<typeof ReloadedDriver>;

export const ControlledRegistry = z.object({
  pid: z.int(),
  version: z.string(),
  address: z.string(),
  /** Absent: the built-in configuration. */
  config: z.string().optional(),
  drivers: z.array(ControlledDriver),
});

export type ControlledRegistry = z.infer<typeof ControlledRegistry>;

/** `registry-<pid>.sock` */
export const SOCKET_NAME = /^registry-(\d+)\.sock$/;

export function socketName(pid: number): string {
  return `registry-${String(pid)}.sock`;
}
