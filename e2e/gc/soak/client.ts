import { createHash } from 'node:crypto';

/** One answer with its whole body. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** A host that was killed, or that is not back yet. */
export class HostGoneError extends Error {
  override readonly name = 'HostGoneError';
}

/** The registry said that it cannot at the moment, for longer than a client is patient. */
export class BusyError extends Error {
  override readonly name = 'BusyError';
}

export interface Client {
  send(method: string, path: string, init?: RequestInit): Promise<Reply>;
}

/** So long a client goes on asking. */
const PATIENCE_MS = 30_000;

/** For so long nobody asks a host again that refused a connection. */
const DOWN_MS = 500;

/**
 * Speaks to any of several hosts, another one for each request. 503 is repeated, as clients do.
 *
 * @param onBusy - told of every 503
 */
export function createClient(origins: readonly string[], random: () => number, onBusy: () => void): Client {
  const downUntil = new Map<string, number>();
  const isUp = (origin: string) => (downUntil.get(origin) ?? 0) < performance.now();
  const choose = (): string => {
    const up = origins.filter(isUp);
    const some = up.length === 0 ? origins : up;
    return some[Math.floor(random() * some.length)] ?? '';
  };
  return {
    async send(method, path, init = {}) {
      const since = performance.now();
      for (;;) {
        const url = path.startsWith('http') ? path : choose() + path;
        const reply = await sendOnce(method, url, init).catch((error: unknown) => {
          downUntil.set(new URL(url).origin, performance.now() + DOWN_MS);
          throw error;
        });
        if (reply.status !== 503) return reply;
        onBusy();
        if (performance.now() - since > PATIENCE_MS) throw new BusyError(`${method} ${path}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
}

async function sendOnce(method: string, url: string, init: RequestInit): Promise<Reply> {
  try {
    const answer = await fetch(url, { ...init, method, redirect: 'manual' });
    return {
      status: answer.status,
      headers: answer.headers,
      body: Buffer.from(await answer.arrayBuffer()),
    };
  } catch (error) {
    throw new HostGoneError(`${method} ${url}`, { cause: error });
  }
}

export function digestOf(content: Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
