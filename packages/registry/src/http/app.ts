import type { ServerResponse } from 'node:http';
import Koa from 'koa';
import { accessNeeded, accessWanted } from '../access/access-needed.js';
import { isAccessError } from '../access/access-error.js';
import { reportDenied } from '../access/denied-event.js';
import { EVERYBODY } from '../access/identity.js';
import type { Identity } from '../access/identity.js';
import type { Service } from './service.js';
import { createCall } from './call.js';
import { toAnswer } from './errors.js';
import { READ_METHODS, findHandler, refusalOfWrites } from './handlers.js';
import { cutIfStuck } from './pace.js';
import { drainBody } from './request-body.js';
import { requestId } from './request-id.js';
import { rememberUser } from './request-user.js';
import type { ParsedUrl, Route } from './route.js';
import { parseUrl } from './route.js';
import type { Services } from './services.js';

/** One answered request, for metrics and the access log. */
export interface RequestEvent {
  readonly method: string;
  /** Undefined when the path names nothing. */
  readonly route: Route | undefined;
  readonly status: number;
  readonly durationMs: number;
  /** As announced: 0 for a body of no announced length. */
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** False when the client left, or was cut off, before it had the whole answer. */
  readonly complete: boolean;
}

export type RequestObserver = (event: RequestEvent) => void;

/** The koa application that speaks the distribution API. */
export function createApp(services: Services, observe?: RequestObserver): Koa {
  const app = new Koa();
  const { main } = services;
  const { log } = main.store;
  app.on('error', (error: unknown) => log.debug({ err: error }, 'connection failed'));
  app.use(async (ctx) => {
    const start = performance.now();
    let route: Route | undefined;
    if (observe !== undefined) {
      ctx.res.once('close', () => {
        const { statusCode: status, writableFinished: complete } = ctx.res;
        observe({
          method: ctx.method,
          route,
          status,
          complete,
          durationMs: performance.now() - start,
          requestBytes: Number(ctx.req.headers['content-length'] ?? 0),
          responseBytes: Number(ctx.res.getHeader('content-length') ?? 0),
        });
      });
    }
    cutIfStuck(ctx.res, main.settings.patienceMs);
    ctx.set('Docker-Distribution-Api-Version', 'registry/2.0');
    try {
      const url = parseUrl(ctx.req.url ?? '', main.settings.prefix);
      route = url.route;
      const identity = main.access === undefined ? EVERYBODY : await authorize(main, ctx, url);
      const service = 'name' in route ? services.of(route.name) : main;
      if ('name' in route) service.store.layout.checkName?.(route.name);
      const handle = findHandler(route, ctx.method, refusalOfWrites(service));
      const { joining } = service.store.presence;
      if (joining !== undefined && !READ_METHODS.includes(ctx.method)) await joining;
      await main.running.run(async () => handle(createCall({ service, services }, ctx, url.query, identity)));
    } catch (error) {
      if (isAccessError(error)) reportDenied(main.onDenied, ctx.req, route, error);
      answerError(main, ctx, error);
    }
    if (!ctx.req.complete) ctx.res.once('finish', () => drainBody(ctx.req, main.settings.patienceMs));
  });
  return app;
}

/** Before anything else is said of a request: who may not read a repository does not learn what it would accept. */
async function authorize(
  { access }: Service,
  { req, method }: Koa.Context,
  { route, query }: ParsedUrl,
): Promise<Identity> {
  if (access === undefined) return EVERYBODY;
  const needs = accessNeeded(route, method);
  const identity = await access.authorize(req, { needs, wanted: accessWanted(route, method, query) });
  rememberUser(req, identity.user);
  return identity;
}

/** Before the head is sent: an error in the specification's form. After it: a broken connection, never a clean end. */
function answerError({ store }: Service, ctx: Koa.Context, error: unknown): void {
  const { res } = ctx;
  const id = requestId(ctx.req);
  const answer = toAnswer(error);
  const fields = { id, method: ctx.method, url: withoutQuery(ctx.req.url ?? ''), status: answer.status };
  if (res.headersSent || res.destroyed) {
    ctx.respond = false;
    store.log[res.destroyed ? 'debug' : 'error']({ ...fields, err: error }, 'answer cut off');
    res.destroy();
    return;
  }
  if (answer.status < 500) store.log.debug({ ...fields, code: answer.code }, answer.message);
  else store.log.error({ ...fields, err: error }, 'request failed');
  clearHeaders(res);
  ctx.respond = true;
  ctx.status = answer.status;
  ctx.set({ ...answer.headers, 'X-Request-Id': id, 'Content-Type': 'application/json' });
  const { code, message, detail } = answer;
  ctx.body = JSON.stringify({ errors: [{ code, message, ...(detail === undefined ? {} : { detail }) }] });
}

/** A token in a query is a secret. */
function withoutQuery(url: string): string {
  return url.split('?', 1)[0]?.slice(0, 1024) ?? '';
}

/** What a handler has set for its success. */
function clearHeaders(res: ServerResponse): void {
  for (const name of res.getHeaderNames()) {
    if (name !== 'docker-distribution-api-version') res.removeHeader(name);
  }
}
