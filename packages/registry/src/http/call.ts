import type { IncomingMessage, ServerResponse } from 'node:http';
import type Koa from 'koa';
import type { Identity } from '../access/identity.js';
import type { Service } from './service.js';
import type { Services } from './services.js';

/** One request and its answer. */
export interface Call {
  /** Of the repository that the request is about; the main one for all others. */
  readonly service: Service;
  readonly services: Services;
  readonly ctx: Koa.Context;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly query: URLSearchParams;
  readonly identity: Identity;
  /** Aborted when the client leaves before it has the whole answer. For reads only: what was begun is finished. */
  readonly signal: AbortSignal;
}

export function createCall(
  { service, services }: Pick<Call, 'service' | 'services'>,
  ctx: Koa.Context,
  query: URLSearchParams,
  identity: Identity,
): Call {
  const { req, res } = ctx;
  let controller: AbortController | undefined;
  return {
    service,
    services,
    ctx,
    req,
    res,
    query,
    identity,
    get signal() {
      controller ??= abortOnClose(res);
      return controller.signal;
    },
  };
}

function abortOnClose(res: ServerResponse): AbortController {
  const controller = new AbortController();
  if (res.destroyed) controller.abort();
  else {
    res.once('close', () => {
      if (!res.writableFinished) controller.abort();
    });
  }
  return controller;
}
