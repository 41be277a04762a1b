import type { Authenticator } from './authenticator.js';
import { quote } from './quote.js';

/** Distribution's authentication for tests: whoever has an `Authorization` header is let in. */
export function createSilly({ realm, service }: { realm: string; service: string }): Authenticator {
  return {
    authenticate: (authorization) => Promise.resolve(authorization === '' ? undefined : { user: 'silly' }),
    challenge(_req, needs) {
      const scope = needs.map(({ type, name, action }) => `${type}:${name}:${action}`).join(' ');
      const challenge = `Bearer realm=${quote(realm)},service=${quote(service)}`;
      return scope === '' ? challenge : `${challenge},scope=${quote(scope)}`;
    },
  };
}
