import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ClientCall, ClientReply, RunResult } from './client-calls.js';

/** The process that makes the load. */
export interface Client {
  perform(call: ClientCall): Promise<RunResult | undefined>;
  close(): Promise<void>;
}

/** A call that takes longer is a server that hangs. */
const CALL_MS = 600_000;

export function startClient(): Client {
  const child = fork(fileURLToPath(new URL('client-main.js', import.meta.url)), { execArgv: [] });
  return {
    async perform(call) {
      child.send(call);
      const [reply] = (await once(child, 'message', { signal: AbortSignal.timeout(CALL_MS) })) as [
        ClientReply,
      ];
      if ('error' in reply) throw new Error(reply.error);
      return reply.result;
    },
    async close() {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}
