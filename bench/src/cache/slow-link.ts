import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../peers/start-server.js';

/** A TCP proxy that makes everything late. */
export interface SlowLink {
  readonly port: number;
  stop(): Promise<void>;
}

const START_MS = 20_000;

/** @param command - toxiproxy-server */
export async function startSlowLink(command: string, upstream: number, latencyMs: number): Promise<SlowLink> {
  const [port, own] = [await freePort(), await freePort()];
  const child = spawn(command, ['-host', '127.0.0.1', '-port', String(own)], { stdio: 'ignore' });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  try {
    await untilAnswers(`http://127.0.0.1:${own}/version`);
    await post(own, '/proxies', {
      name: 's',
      listen: `127.0.0.1:${port}`,
      upstream: `127.0.0.1:${upstream}`,
      enabled: true,
    });
    await post(own, '/proxies/s/toxics', { type: 'latency', attributes: { latency: latencyMs } });
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, stop };
}

async function post(port: number, path: string, body: object): Promise<void> {
  const { ok, status } = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  if (!ok) throw new Error(`toxiproxy answers ${status} to ${path}`);
}

async function untilAnswers(url: string): Promise<void> {
  const deadline = performance.now() + START_MS;
  for (;;) {
    if (
      await fetch(url).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return;
    if (performance.now() > deadline) throw new Error('toxiproxy does not answer');
    await delay(50);
  }
}
