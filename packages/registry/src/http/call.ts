import type { IncomingMessage, ServerResponse } from 'node:http';
import type Koa from 'koa';
import type { AccessController } from '../access/access-controller.js';
import type { DeniedObserver } from '../access/denied-event.js';
import type { Identity } from '../access/identity.js';
import type { EventHub } from '../events/event-hub.js';
import type { Proxy } from '../proxy/proxy.js';
import type { Uploads } from '../uploads/uploads.js';
import type { Store } from '../store.js';
import type { Running } from './running.js';
import type { Services } from './services.js';
import type { Settings } from './settings.js';

/** What all requests to the repositories of one store share. */
export interface Service {
  readonly store: Store;
  readonly uploads: Uploads;
  readonly settings: Settings;
  readonly running: Running;
  /** Undefined when the registry has its own content. */
  readonly proxy?: Proxy | undefined;
  /** Undefined when nobody listens. */
  readonly events?: EventHub | undefined;
  /** Undefined when everybody may do everything. */
  readonly access?: AccessController | undefined;
  /** Told of every request that was refused for want of a right. */
  readonly onDenied?: DeniedObserver | undefined;
}

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
