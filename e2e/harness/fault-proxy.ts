import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

/** A request to S3, as the proxy saw it. */
export interface S3Call {
  readonly method: string;
  /** Without the bucket: `/bucket/a/b` is `a/b`. */
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
}

/** What becomes of a request. */
export type Fault =
  /** The server does not see it. */
  | { readonly kind: 'answer'; readonly status: number; readonly body: string }
  /** The server does it, and its answer is lost. */
  | { readonly kind: 'replace'; readonly status: number; readonly body: string }
  /** The connection ends after so many bytes of the body, whose length was announced as the server has it. */
  | { readonly kind: 'cut'; readonly bytes: number };

export interface FaultProxy {
  readonly url: string;
  /** All requests so far. */
  readonly calls: readonly S3Call[];
  /** Decides for every request from now on. Undefined: it goes through. */
  decide(choose: (call: S3Call) => Fault | undefined): void;
  stop(): Promise<void>;
}

/** An HTTP proxy in front of an S3 server that answers wrongly on command. What is signed stays valid: it passes on the Host, too. */
export async function startFaultProxy(upstream: string): Promise<FaultProxy> {
  const calls: S3Call[] = [];
  const agent = new Agent({ keepAlive: true });
  let choose: (call: S3Call) => Fault | undefined = () => undefined;
  const server = createServer((req, res) => {
    const call = toCall(req);
    calls.push(call);
    serve(req, res, { upstream, agent, fault: choose(call) }).catch(() => {
      req.destroy();
      res.destroy();
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    decide: (next) => void (choose = next),
    async stop() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An error in the form that S3 has for it. */
export function s3Error(code: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>a test wants it</Message><RequestId>1</RequestId></Error>`;
}

function toCall({ method = 'GET', url = '/', headers }: IncomingMessage): S3Call {
  const { pathname, searchParams } = new URL(url, 'http://s3');
  return {
    method,
    key: decodeURIComponent(pathname.replace(/^\/[^/]*\/?/, '')),
    query: searchParams,
    headers,
  };
}

interface Serving {
  readonly upstream: string;
  readonly agent: Agent;
  readonly fault: Fault | undefined;
}

async function serve(req: IncomingMessage, res: ServerResponse, serving: Serving): Promise<void> {
  const { fault } = serving;
  if (fault?.kind === 'answer') {
    await drain(req);
    answer(res, fault);
    return;
  }
  const answered = await forward(req, serving);
  if (fault?.kind === 'replace') {
    await drain(answered);
    answer(res, fault);
    return;
  }
  res.writeHead(answered.statusCode ?? 500, answered.headers);
  if (fault === undefined) await pipeline(answered, res);
  else await cut(answered, res, fault.bytes);
}

async function forward(req: IncomingMessage, { upstream, agent }: Serving): Promise<IncomingMessage> {
  const { expect: _, ...headers } = req.headers;
  const onward = httpRequest(upstream + (req.url ?? ''), { method: req.method ?? 'GET', headers, agent });
  const answered = once(onward, 'response') as Promise<[IncomingMessage]>;
  await Promise.all([pipeline(req, onward), answered]);
  return (await answered)[0];
}

async function cut(answered: IncomingMessage, res: ServerResponse, bytes: number): Promise<void> {
  let left = bytes;
  for await (const chunk of answered as AsyncIterable<Buffer>) {
    if (chunk.length >= left) {
      const last = chunk.subarray(0, left);
      // What was written is on its way before the connection ends.
      await new Promise((resolve) => res.write(last, resolve));
      res.destroy();
      return;
    }
    left -= chunk.length;
    res.write(chunk);
  }
  res.end();
}

function answer(res: ServerResponse, { status, body }: { status: number; body: string }): void {
  res
    .writeHead(status, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body) })
    .end(body);
}

async function drain(message: IncomingMessage): Promise<void> {
  message.resume();
  await once(message, 'end');
}
