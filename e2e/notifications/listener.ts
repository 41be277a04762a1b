import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface SentEvent {
  readonly id: string;
  readonly action: string;
  readonly target: Readonly<Record<string, unknown>>;
  readonly request: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}

/** An endpoint for notifications. */
export interface Listener {
  readonly url: string;
  readonly port: number;
  /** All that came. */
  readonly events: readonly SentEvent[];
  /** Headers of the last request. */
  headers: IncomingMessage['headers'];
  close(): Promise<void>;
}

/** Listens until the test has finished at the latest. */
export async function startListener(port = 0): Promise<Listener> {
  const events: SentEvent[] = [];
  const server = createServer((req, res) => {
    let body = '';
    req.setEncoding('utf8').on('data', (text: string) => (body += text));
    req.on('end', () => {
      listener.headers = req.headers;
      events.push(...(JSON.parse(body) as { events: SentEvent[] }).events);
      res.end();
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const bound = (server.address() as AddressInfo).port;
  const listener: Listener = {
    url: `http://127.0.0.1:${bound}/events`,
    port: bound,
    events,
    headers: {},
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  onTestFinished(() => listener.close());
  return listener;
}

/** The section of a configuration that sends events to it. */
export function notify({ url }: { url: string }): Record<string, unknown> {
  return {
    notifications: {
      events: { includereferences: true },
      endpoints: [
        {
          name: 'listener',
          url,
          headers: { Authorization: ['Bearer known'] },
          // On a busy machine an answer takes its time, and what is sent twice comes twice.
          timeout: '100s',
          threshold: 3,
          backoff: '50ms',
        },
      ],
    },
  };
}
