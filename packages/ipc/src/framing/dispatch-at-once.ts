import { RAL } from 'vscode-jsonrpc/node';

let isInstalled = false;

/**
 * Makes vscode-jsonrpc hand over the messages of one read one after the other at once. By itself it waits a turn of
 * the event loop for each: requests that came together then reach the driver's backend one by one, which halves the calls a
 * second. For the whole process; further calls do nothing.
 */
export function dispatchAtOnce(): void {
  if (isInstalled) return;
  isInstalled = true;
  const ral = RAL();
  const atOnce = (callback: (...args: unknown[]) => void, ...args: unknown[]) => {
    let isDisposed = false;
    queueMicrotask(() => {
      if (!isDisposed) callback(...args);
    });
    return {
      dispose: () => {
        isDisposed = true;
      },
    };
  };
  RAL.install({ ...ral, timer: { ...ral.timer, setImmediate: atOnce } });
}
