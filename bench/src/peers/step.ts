import type { Scale } from './scale.js';

/** Where a step runs, as the client knows it. */
export interface StepContext {
  readonly port: number;
  readonly scale: Scale;
}

/** What was done in the timed part of a round. */
export interface Measured {
  /** MiB, requests, images or tags; 1 for a time. */
  readonly units: number;
  readonly seconds: number;
  /** Of single requests, where a step has many of them. */
  readonly p50Ms?: number | undefined;
  readonly p99Ms?: number | undefined;
}

export type TimedPart = () => Promise<Measured>;

/** A step that is under way against one server. */
export interface StepRun {
  /** Prepares round `round`, outside the time; the negative ones are the warm-up. */
  arrange(round: number): Promise<TimedPart>;
  /** Looks, outside the time, whether the server has what it should have. */
  verify(): Promise<void>;
  close(): void;
}

export interface Step {
  /** As given to `--only`; stable. */
  readonly name: string;
  title(scale: Scale): string;
  /** `ms`: the median of one request, and less is better. */
  readonly unit: 'MiB/s' | '/s' | 'ms';
  /** The server starts empty, or with the store that is larger than the caches, which it must only read. */
  readonly store: 'empty' | 'seeded';
  /** Wanted ratios to distribution 3, by the name of the server. */
  readonly goals: Readonly<Record<string, string>>;
  start(context: StepContext): Promise<StepRun>;
}
