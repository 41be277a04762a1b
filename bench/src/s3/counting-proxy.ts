import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface Counts {
  /** By what they were, e.g. `PUT part`. */
  readonly requests: Readonly<Record<string, number>>;
  /** Bytes of bodies from the client, and to it. */
  readonly sent: number;
  readonly received: number;
}

export interface CountingProxy {
  readonly port: number;
  /** Since the last call. */
  take(): Counts;
  stop(): Promise<void>;
}

/** Stands in front of an S3 server and counts. What is signed stays valid: it passes on the Host, too. */
export async function startCountingProxy(upstream: number): Promise<CountingProxy> {
  const agent = new Agent({ keepAlive: true });
  let counts = { requests: {} as Record<string, number>, sent: 0, received: 0 };
  const server = createServer((req, res) => {
    const kind = kindOf(req);
    counts.requests[kind] = (counts.requests[kind] ?? 0) + 1;
    const up = counting((bytes) => (counts.sent += bytes));
    const down = counting((bytes) => (counts.received += bytes));
    forward(req, res, { upstream, agent, up, down }).catch(() => res.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    take() {
      const taken = counts;
      counts = { requests: {}, sent: 0, received: 0 };
      return taken;
    },
    async stop() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Passage {
  readonly upstream: number;
  readonly agent: Agent;
  readonly up: Transform;
  readonly down: Transform;
}

async function forward(
  req: IncomingMessage,
  res: ServerResponse,
  { upstream, agent, up, down }: Passage,
): Promise<void> {
  const { expect: _, ...headers } = req.headers;
  const { method = 'GET', url: path = '/' } = req;
  const onward = request({ host: '127.0.0.1', port: upstream, method, path, headers, agent });
  const answered = once(onward, 'response') as Promise<[IncomingMessage]>;
  await Promise.all([pipeline(req, up, onward), answered]);
  const [answer] = await answered;
  res.writeHead(answer.statusCode ?? 500, answer.headers);
  await pipeline(answer, down, res);
}

function counting(add: (bytes: number) => void): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      add(chunk.length);
      done(null, chunk);
    },
  });
}

const PARTS_OF_QUERY: readonly (readonly [string, string])[] = [
  ['uploads', 'begin or list multipart'],
  ['partNumber', 'part'],
  ['uploadId', 'multipart'],
  ['list-type', 'list'],
  ['delete', 'delete many'],
];

function kindOf({ method = '', url = '/', headers }: IncomingMessage): string {
  const { searchParams } = new URL(url, 'http://s3');
  const what = PARTS_OF_QUERY.find(([name]) => searchParams.has(name))?.[1];
  const copy = headers['x-amz-copy-source'] === undefined ? undefined : 'copy';
  return [method, what, copy].filter((part) => part !== undefined).join(' ');
}
