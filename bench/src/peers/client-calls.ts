import type { Measured, StepContext } from './step.js';

/** What the process of the client is asked to do, one thing at a time. */
export type ClientCall =
  | { readonly call: 'start'; readonly step: string; readonly context: StepContext }
  | { readonly call: 'arrange'; readonly round: number }
  | { readonly call: 'run' }
  | { readonly call: 'verify' }
  | { readonly call: 'close' };

/** The answer of `run`; `clientCpuSeconds` are the client's own. */
export type RunResult = Measured & { readonly clientCpuSeconds: number };

export type ClientReply = { readonly result: RunResult | undefined } | { readonly error: string };
