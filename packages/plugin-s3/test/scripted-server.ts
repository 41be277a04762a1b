import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { ObjectStore } from '@outrigger/object-store';
import { onTestFinished } from 'vitest';
import { parseS3Parameters } from '../src/s3-parameters.js';
import { openS3Store } from '../src/store.js';

export interface Asked {
  readonly method: string;
  /** Without the bucket. */
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** More would come. */
  readonly isOpen?: boolean;
  /** The connection ends instead. */
  readonly isLost?: boolean;
}

/** A server that answers as a test says, for what no real one does on command; and what it was asked. */
export interface ScriptedServer {
  readonly url: string;
  readonly asked: Asked[];
  /** Opens a store on it. The first answer is that to the question at the start. */
  readonly open: (parameters?: Readonly<Record<string, unknown>>) => Promise<ObjectStore>;
}

export async function startScripted(answer: (asked: Asked) => Answer): Promise<ScriptedServer> {
  const asked: Asked[] = [];
  const server = createServer((req, res) => {
    void buffer(req).then((body) => {
      const url = new URL(req.url ?? '/', 'http://s3');
      const key = decodeURIComponent(url.pathname.replace(/^\/[^/]*\/?/, ''));
      const question = {
        method: req.method ?? '',
        key,
        query: url.searchParams,
        headers: req.headers,
        body: body.toString(),
      };
      asked.push(question);
      const { status = 200, headers = {}, body: content = '', isLost, isOpen } = answer(question);
      if (isLost) req.socket.destroy();
      else if (isOpen) res.writeHead(status, headers).write(content);
      else res.writeHead(status, headers).end(content);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const url = `http://127.0.0.1:${String(port)}`;
  const open = async (parameters: Readonly<Record<string, unknown>> = {}) => {
    const store = await openS3Store(parseS3Parameters('s3', { ...BASE, regionendpoint: url, ...parameters }));
    onTestFinished(() => store.close());
    return store;
  };
  return { url, asked, open };
}

const BASE = { bucket: 'b-1', accesskey: 'key', secretkey: 's3cret', forcepathstyle: true };

export const NOTHING_LISTED: Answer = {
  body: '<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>',
};

export function isList({ method, query }: Asked): boolean {
  return method === 'GET' && query.has('list-type');
}

export function s3Error(code: string, more = ''): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>a test wants it</Message>${more}</Error>`;
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
