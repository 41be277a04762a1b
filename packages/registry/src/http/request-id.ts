import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What is passed on into logs and events, and back to the client. */
const SAFE = /^[A-Za-z0-9._-]{1,128}$/;

const ids = new WeakMap<IncomingMessage, string>();

/** By which a request is found in logs, events and traces: the client's `X-Request-Id` where that is plain, or one made up when first asked for. */
export function requestId(req: IncomingMessage): string {
  const known = ids.get(req);
  if (known !== undefined) return known;
  const given = req.headers['x-request-id'];
  const id = typeof given === 'string' && SAFE.test(given) ? given : randomUUID();
  ids.set(req, id);
  return id;
}
