import type { RemoteDriver } from '@outrigger/ipc/host';
import { settlesWithin } from './deadline.js';
import { signalGroup } from './process-group.js';
import type { SpawnedProcess } from './spawn.js';
import type { Timings } from './timings.js';

/**
 * Ends a driver in the orderly way, then in the others: `shutdown` and the end of stdin, SIGTERM, SIGKILL, the last two
 * for its whole group. Resolves when the process has ended.
 */
export async function stopProcess(
  child: Pick<SpawnedProcess, 'pid' | 'exited'>,
  remote: RemoteDriver,
  { shutdownMs, endMs, termMs }: Timings,
): Promise<void> {
  const answered = remote.shutdown({ signal: AbortSignal.timeout(shutdownMs) }).catch(() => undefined);
  await Promise.race([answered, child.exited]);
  if (await settlesWithin(child.exited, endMs)) return;
  signalGroup(child.pid, 'SIGTERM');
  if (await settlesWithin(child.exited, termMs)) return;
  signalGroup(child.pid, 'SIGKILL');
  await child.exited;
}
