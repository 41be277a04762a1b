import type { DriverSearch } from '@outrigger/host';
import type { ControlledDriver } from '../serve/control-protocol.js';
import type { ReloadRequest } from '../serve/driver-reload.js';

/**
 * What the primary and its workers tell each other, as JSON over the channel of `child_process.fork`. Keys of facts and
 * numbers of claims travel in bundles: many at a time under load.
 */
export type ToPrimary =
  /** It runs, and wants to know what to do. */
  | { readonly type: 'hello' }
  /** Clients are served. */
  | { readonly type: 'serving'; readonly address: string }
  /** It could not start, or go on: its last words. */
  | { readonly type: 'failed'; readonly exitCode: number; readonly message: string }
  | { readonly type: 'driver'; readonly pid: number; readonly isRunning: boolean }
  /** The last request of a client has ended. */
  | { readonly type: 'drained' }
  | { readonly type: 'answer'; readonly id: number; readonly value?: unknown; readonly error?: string }
  | ({ readonly type: 'keys' } & KeysToPrimary);

export type ToWorker =
  | ({ readonly type: 'start' } & Start)
  /** Takes no more connections, and lets those that are there end. */
  | { readonly type: 'drain' }
  /** Gives everything back, and ends. */
  | { readonly type: 'close' }
  | {
      readonly type: 'ask';
      readonly id: number;
      readonly question: Question;
      readonly reload?: ReloadRequest;
    }
  | ({ readonly type: 'keys' } & KeysToWorker);

/** What the primary can ask of a worker. */
export interface Answers {
  /** Prometheus' text form. */
  metrics: string;
  status: readonly ControlledDriver[];
  reload: ControlledDriver;
}

export type Question = keyof Answers;

/** All that a worker needs to know. */
export interface Start {
  /** From 1. */
  readonly number: number;
  readonly count: number;
  /** See Family in the registry. */
  readonly family: string;
  /** The configuration as the primary has read it: the file may be another one by now. In the form of v8.serialize, base64. */
  readonly config: string;
  /** How executables of drivers are found since the last reload, which has read that of the file anew. */
  readonly search?: DriverSearch | undefined;
  readonly trace: boolean;
  /** Signs the tokens of uploads, base64. */
  readonly secret: string;
  /** Holds the workers' sockets. */
  readonly directory: string;
  readonly primaryPid: number;
  /** Claims that are held at this moment. */
  readonly held: readonly Hold[];
}

/** The number of a claim, and its key. */
export type Hold = readonly [id: number, key: string];

export interface KeysToWorker {
  /** Others are about to change these; to be acknowledged. */
  readonly hold?: readonly Hold[];
  readonly forget?: readonly string[];
  /** Claims of the worker's own, by its own numbers. */
  readonly grant?: readonly number[];
  /** Holds that have ended. */
  readonly drop?: readonly number[];
}

export interface KeysToPrimary {
  /** By the worker's own numbers. */
  readonly claim?: readonly Hold[];
  readonly release?: readonly number[];
  /** Holds that are in force. */
  readonly held?: readonly number[];
  /** For the others to forget. */
  readonly tell?: readonly string[];
}
