import { EXIT } from '../exit-codes.js';
import type { Log } from '../log/create-log.js';

export interface FaultCatcher {
  /** What has to be done before the process ends; replaces what was set before. */
  cleanUp: () => Promise<void>;
  readonly dispose: () => void;
}

const CLEAN_UP_MS = 5_000;

/** An error that nobody caught: the state of the process is unknown, so it is logged, the drivers are stopped, and that is it. */
export function catchFaults({ log, flush }: Log): FaultCatcher {
  const catcher: FaultCatcher = {
    cleanUp: async () => undefined,
    dispose: () => process.off('uncaughtException', onFault),
  };
  // Rejections that nobody handles come here too.
  const onFault = (error: unknown) => {
    log.error({ err: error }, 'unexpected: the process ends');
    const exit = () => {
      flush();
      process.exit(EXIT.software);
    };
    setTimeout(exit, CLEAN_UP_MS);
    void catcher.cleanUp().then(exit, exit);
  };
  process.on('uncaughtException', onFault);
  return catcher;
}
