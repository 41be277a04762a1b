import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Echo {
  readonly call: () => Promise<void>;
  close(): Promise<void>;
}

const ECHO =
  "const out = new (require('node:net').Socket)({ fd: 1 }); process.stdin.on('data', (data) => out.write(data));";

/**
 * The floor of every call to another process on this machine: a child that sends 100 bytes back, without a protocol.
 * Mostly the time that the kernel takes to wake two processes.
 */
export function startEcho(): Echo {
  const child = spawn(process.execPath, ['-e', ECHO], { stdio: ['pipe', 'pipe', 'inherit'] });
  const message = 'x'.repeat(100);
  let answered: () => void = () => undefined;
  child.stdout.on('data', () => {
    answered();
  });
  return {
    call: () =>
      new Promise((resolve) => {
        answered = resolve;
        child.stdin.write(message);
      }),
    async close() {
      child.stdin.end();
      child.kill();
      await once(child, 'exit');
    },
  };
}
