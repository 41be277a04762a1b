import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { type Api, createApi } from '../src/api.js';
import { createSender } from '../src/send.js';

/** A request as it came. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface FakeStore {
  readonly url: string;
  readonly seen: Seen[];
  readonly api: Api;
  /** Milliseconds that were waited before further tries. */
  readonly waits: number[];
}

export type Answer = (seen: Seen, response: ServerResponse, turn: number) => void;

/** A store that answers as a test says: for what the real ones would have to be made to do. */
export async function fakeStore(answer: Answer): Promise<FakeStore> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    void text(request).then(
      (body) => {
        const { pathname, searchParams } = new URL(request.url ?? '/', 'http://store');
        const path = decodeURIComponent(pathname);
        const one = {
          method: request.method ?? '',
          path,
          query: searchParams,
          headers: request.headers,
          body,
        };
        seen.push(one);
        answer(one, response, seen.length);
      },
      () => undefined,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${String(port)}`;
  const { send, close } = createSender({
    endpoint: url,
    userAgent: 'test',
    authorize: () => Promise.resolve(new Headers({ authorization: 'Bearer t0ken' })),
  });
  onTestFinished(async () => {
    close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const waits: number[] = [];
  const sleep = (ms: number) => {
    waits.push(ms);
    return Promise.resolve();
  };
  return { url, seen, waits, api: createApi('images', send, { sleep }) };
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

/** As the JSON API says it. */
export function sendError(response: ServerResponse, status: number, message: string, reason = 'test'): void {
  sendJson(response, status, { error: { code: status, message, errors: [{ message, reason }] } });
}

/** An object as the JSON API tells of it. */
export function resource(name: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { name, size: '3', generation: '7', updated: '2026-01-02T03:04:05.678Z', ...more };
}
