export type CheckStatus = 'ok' | 'warning' | 'failed' | 'not tried';

/** How one check ended. Nothing secret is in it. */
export interface CheckResult {
  /** Stable, for machines and for the table of advice: `write`. */
  readonly id: string;
  /** For a person: `write a small object`. */
  readonly what: string;
  readonly status: CheckStatus;
  /** What was found; why it failed or was not tried. */
  readonly detail?: string | undefined;
  /** What to do about it. */
  readonly advice?: string | undefined;
}

/** What a check that did not fail has to say. One that fails throws. */
export interface Outcome {
  readonly status: Exclude<CheckStatus, 'failed'>;
  readonly detail?: string | undefined;
}

export interface Check {
  readonly id: string;
  readonly what: string;
  /** Checks without which this one has nothing to try. */
  readonly needs?: readonly string[];
  /** @param signal - aborted when the time of the check is over, or somebody wants an end */
  run(signal: AbortSignal): Promise<Outcome>;
}

export function ok(detail?: string): Outcome {
  return { status: 'ok', detail };
}

/** It works, and somebody should know something. */
export function warning(detail: string): Outcome {
  return { status: 'warning', detail };
}

export function notTried(detail: string): Outcome {
  return { status: 'not tried', detail };
}

/** The driver does not do what a driver does. */
export class Finding extends Error {
  override readonly name = 'Finding';
}
