import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Of Node's own (lib/internal/cluster): a connection for a worker, and the worker's word that it has it. */
interface ClusterMessage {
  readonly act?: unknown;
  readonly seq?: unknown;
  readonly ack?: unknown;
}

/**
 * Closes the connections that are on their way to a worker when it ends. Node's primary waits for ever for the word of a worker
 * that was killed, and keeps such a connection open: its client would never hear of it.
 */
export function closeLostConnections(worker: ChildProcess): void {
  const underWay = new Map<unknown, { close(): void }>();
  const send = worker.send.bind(worker) as (...args: unknown[]) => boolean;
  worker.send = (...args: unknown[]): boolean => {
    const [message, handle] = args;
    const { act, seq } = message as ClusterMessage;
    if (act === 'newconn' && isClosable(handle)) underWay.set(seq, handle);
    return send(...args);
  };
  worker.on('internalMessage', ({ ack }: ClusterMessage) => void underWay.delete(ack));
  void channelEnd(worker).then(() => {
    for (const handle of underWay.values()) handle.close();
  });
}

/** Node does not always tell of the end of a channel with a connection under way. */
const LAST_MS = 1000;

/** Resolves when a process has ended, and its last words were heard. */
export async function channelEnd(worker: ChildProcess): Promise<void> {
  await new Promise((resolve) => worker.once('exit', resolve));
  if (!worker.connected) return;
  const late = AbortSignal.timeout(LAST_MS);
  await once(worker, 'disconnect', { signal: late }).catch(() => undefined);
}

function isClosable(handle: unknown): handle is { close(): void } {
  return (
    typeof handle === 'object' && handle !== null && 'close' in handle && typeof handle.close === 'function'
  );
}
