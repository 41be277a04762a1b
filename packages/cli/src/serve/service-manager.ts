import { execFile } from 'node:child_process';
import type { Logger } from '@outrigger/registry';

const PATIENCE_MS = 5000;

/**
 * Tells systemd how far the service is, where it has asked to be told (`Type=notify`). Node cannot send to a Unix datagram
 * socket, so that `systemd-notify` does it: the unit needs `NotifyAccess=all`. Never rejects.
 *
 * @param state - see sd_notify(3)
 */
export function notifyServiceManager(
  state: 'READY=1' | 'STOPPING=1',
  environment: Readonly<Record<string, string | undefined>>,
  log: Logger,
): Promise<void> {
  const { NOTIFY_SOCKET, PATH } = environment;
  if (NOTIFY_SOCKET === undefined || NOTIFY_SOCKET === '') return Promise.resolve();
  return new Promise((resolve) => {
    execFile(
      'systemd-notify',
      [`--pid=${String(process.pid)}`, state],
      { env: { NOTIFY_SOCKET, PATH }, timeout: PATIENCE_MS },
      (error) => {
        if (error !== null) log.warn({ err: error, state }, 'systemd could not be told');
        resolve();
      },
    );
  });
}
