import type { IncomingMessage, ServerResponse } from 'node:http';
import type Koa from 'koa';
import type { EventHub } from '../events/event-hub.js';
import type { Uploads } from '../uploads/uploads.js';
import type { Store } from '../store.js';
import type { Running } from './running.js';
import type { Settings } from './settings.js';

/** What all requests share. */
export interface Service {
  readonly store: Store;
  readonly uploads: Uploads;
  readonly settings: Settings;
  readonly running: Running;
  /** Undefined when nobody listens. */
  readonly events?: EventHub | undefined;
}

/** One request and its answer. */
export interface Call {
  readonly service: Service;
  readonly ctx: Koa.Context;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly query: URLSearchParams;
  /** Aborted when the client leaves before it has the whole answer. For reads only: what was begun is finished. */
  readonly signal: AbortSignal;
}

export function createCall(service: Service, ctx: Koa.Context, query: URLSearchParams): Call {
  const { req, res } = ctx;
  let controller: AbortController | undefined;
  return {
    service,
    ctx,
    req,
    res,
    query,
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
