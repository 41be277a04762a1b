import type { IncomingMessage } from 'node:http';

const users = new WeakMap<IncomingMessage, string>();

/** Who has made a request, as far as it was proven. Undefined before that, and where no access control is configured. */
export function requestUser(req: IncomingMessage): string | undefined {
  return users.get(req);
}

export function rememberUser(req: IncomingMessage, user: string | undefined): void {
  if (user !== undefined) users.set(req, user);
}
