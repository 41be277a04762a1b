import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** One request that an endpoint got. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  /** Every request so far. */
  readonly requests: readonly Received[];
  /** Ids of the events that were taken, in order. */
  ids(): string[];
  /** How the next requests are answered; undefined: not at all. Default: 200. */
  answer: ((res: ServerResponse, request: Received) => void) | undefined;
}

/** An endpoint for notifications on a free port, until the test has finished. */
export async function startReceiver(): Promise<Receiver> {
  const requests: Received[] = [];
  const accepted: Received[] = [];
  const server = createServer((req, res) => {
    void read(req).then((body) => {
      const request = { path: req.url ?? '', headers: req.headers, body };
      requests.push(request);
      receiver.answer?.(res, request);
      if (res.writableEnded && res.statusCode < 300) accepted.push(request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`,
    requests,
    ids: () => accepted.flatMap(({ body }) => eventsOf(body).map(({ id }) => id)),
    answer: ok,
  };
  return receiver;
}

export function ok(res: ServerResponse): void {
  res.end();
}

/** Answers with a status, until it is replaced. */
export function status(code: number, headers: Record<string, string> = {}) {
  return (res: ServerResponse): void => {
    res.writeHead(code, headers).end();
  };
}

export function eventsOf(body: string): { id: string }[] {
  return (JSON.parse(body) as { events: { id: string }[] }).events;
}

async function read(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
