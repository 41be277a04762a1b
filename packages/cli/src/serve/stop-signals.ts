import { constants } from 'node:os';

export interface StopSignals {
  /** Whether the process was asked to stop. */
  readonly received: boolean;
  /** Whether SIGHUP is among them. */
  readonly stopsAtHangUp: boolean;
  /** Resolves with the name of the first signal. */
  readonly asked: Promise<NodeJS.Signals>;
  /** Lets the signals do what they do by themselves, unless one was received: what is the same may come until the process is gone. */
  dispose(): void;
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** npm passes on the Ctrl-C that the terminal has sent already, late on a busy machine: what comes so soon is the same signal. */
const SAME_SIGNAL_MS = 3000;

/**
 * The first signal asks for an orderly stop. The second one ends the process where it stands: drivers end with it.
 *
 * @param stopsAtHangUp - whether SIGHUP asks for the stop too; otherwise it is for those who load something again, and no
 *   reason to end
 */
export function catchStopSignals(beforeExit: () => void, stopsAtHangUp: boolean): StopSignals {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  let first: number | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    if (first === undefined) {
      first = performance.now();
      resolve(signal);
    } else if (performance.now() - first > SAME_SIGNAL_MS) {
      beforeExit();
      process.exit(128 + constants.signals[signal]);
    }
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  const onHangUp = stopsAtHangUp ? () => onSignal('SIGHUP') : () => undefined;
  process.on('SIGHUP', onHangUp);
  return {
    get received() {
      return first !== undefined;
    },
    stopsAtHangUp,
    asked: promise,
    dispose: () => {
      if (first !== undefined) return;
      for (const signal of SIGNALS) process.off(signal, onSignal);
      process.off('SIGHUP', onHangUp);
    },
  };
}
