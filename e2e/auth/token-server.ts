import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

interface Access {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/** A server of tokens in a few lines (Distribution's documentation, "Token Authentication Specification"). */
export interface TokenServer {
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** The content of a key set that verifies its tokens. */
  readonly jwks: string;
  /** Scopes that were asked for, in order. */
  readonly asked: string[];
}

/** @param grant - what a user may do of what is asked for; undefined: nobody in particular */
export async function startTokenServer(
  passwords: Readonly<Record<string, string>>,
  grant: (user: string | undefined, asked: Access) => readonly string[],
): Promise<TokenServer> {
  const [service, issuer, kid] = ['registry.test', 'issuer.test', 'key-1'];
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const asked: string[] = [];

  function makeToken(user: string | undefined, scopes: readonly string[]): string {
    const now = Math.floor(Date.now() / 1000);
    const access = scopes.map(parseScope).map((each) => ({ ...each, actions: grant(user, each) }));
    const claims = { iss: issuer, aud: service, sub: user ?? '', iat: now, nbf: now, exp: now + 300, access };
    const text = [{ typ: 'JWT', alg: 'ES256', kid }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return `${text}.${signature.toString('base64url')}`;
  }

  const server = createServer((req, res) => {
    const url = new URL(req.url ?? '/', 'http://localhost');
    const credentials = Buffer.from(
      req.headers.authorization?.slice('Basic '.length) ?? '',
      'base64',
    ).toString();
    const [user = '', password = ''] = credentials.split(':');
    const isKnown = user === '' || passwords[user] === password;
    const scopes = url.searchParams
      .getAll('scope')
      .flatMap((scope) => scope.split(' '))
      .filter(Boolean);
    asked.push(...scopes);
    res.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' });
    res.end(isKnown ? JSON.stringify({ token: makeToken(user === '' ? undefined : user, scopes) }) : '{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const jwks = JSON.stringify({
    keys: [{ ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' }],
  });
  return { realm: `http://localhost:${port}/token`, service, issuer, jwks, asked };
}

function parseScope(scope: string): Access {
  const [type = '', name = '', actions = ''] = scope.split(':');
  return { type, name, actions: actions.split(',') };
}
