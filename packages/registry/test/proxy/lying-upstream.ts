import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export type Answer = (req: IncomingMessage, res: ServerResponse) => void;

/** An upstream whose every answer a test decides. */
export interface LyingUpstream {
  readonly url: string;
  /** Method and path of every request. */
  readonly requests: string[];
  /** `Authorization` of every request, with the same indices. */
  readonly authorizations: (string | undefined)[];
  readonly server: Server;
  answer: Answer;
  stop(): Promise<void>;
}

/** @param host - a name or address of this machine */
export async function startUpstream(answer: Answer, host = '127.0.0.1'): Promise<LyingUpstream> {
  const requests: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const server = createServer((req, res) => {
    requests.push(`${String(req.method)} ${String(req.url)}`);
    authorizations.push(req.headers.authorization);
    res.on('error', () => undefined);
    upstream.answer(req, res);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(stop);
  const { port } = server.address() as AddressInfo;
  const upstream: LyingUpstream = {
    url: `http://${host}:${String(port)}`,
    requests,
    authorizations,
    server,
    answer,
    stop,
  };
  return upstream;
}

/** Answers with a status alone. */
export function status(code: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return (_req, res) => void res.writeHead(code, headers).end();
}
