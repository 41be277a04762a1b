import { isJsonObject } from '../manifests/descriptor.js';
import type { Token, TokenRequest } from './authorizer.js';
import { encodeBasic } from './authorizer.js';
import { checkStatus } from './check-status.js';
import type { Transport, TransportResponse } from './transport.js';
import { discard, readBody } from './transport.js';
import { UpstreamError } from './upstream-error.js';

const TIMEOUT_MS = 15_000;
const MAX_ANSWER = 64 * 1024;
/** The least that a token is good for (Distribution's "Token Authentication Specification"). */
const MIN_LIFETIME_S = 60;
const MAX_LIFETIME_S = 86_400;
const IDENTITY_TOKEN = '<token>';

/**
 * Asks a realm for a token. Redirects are not followed: what is sent is as good as a password.
 *
 * @throws UpstreamError
 */
export async function fetchToken(transport: Transport, request: TokenRequest): Promise<Token> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const send = request.credentials?.username === IDENTITY_TOKEN ? exchange : ask;
  const response = await send(transport, request, signal);
  try {
    checkStatus(response);
  } catch (error) {
    await discard(response);
    throw error;
  }
  return parseToken(await readBody(response, MAX_ANSWER));
}

function ask(
  transport: Transport,
  { realm, service, scope, credentials }: TokenRequest,
  signal: AbortSignal,
): Promise<TransportResponse> {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.set('scope', scope);
  const headers: Record<string, string> = { ...ACCEPT };
  if (credentials !== undefined) headers.authorization = encodeBasic(credentials);
  return transport.request(url, { method: 'GET', headers, signal });
}

/** With an identity token (OAuth 2.0, RFC 6749, 6). */
function exchange(
  transport: Transport,
  { realm, service, scope, credentials }: TokenRequest,
  signal: AbortSignal,
): Promise<TransportResponse> {
  const body = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: 'outrigger',
    scope,
    ...(service === undefined ? {} : { service }),
    refresh_token: credentials?.secret ?? '',
  }).toString();
  const headers = { ...ACCEPT, 'content-type': 'application/x-www-form-urlencoded' };
  return transport.request(realm, { method: 'POST', headers, body, signal });
}

const ACCEPT = { accept: 'application/json', 'user-agent': 'outrigger' };

function parseToken(content: Buffer): Token {
  let fields: unknown;
  try {
    fields = JSON.parse(content.toString('utf8'));
  } catch {
    // The parser's message quotes the input, which is a secret.
    throw noToken();
  }
  if (!isJsonObject(fields)) throw noToken();
  const { token, access_token: accessToken, expires_in: seconds } = fields;
  const text = typeof token === 'string' && token !== '' ? token : accessToken;
  if (typeof text !== 'string' || !/^[\x21-\x7e]+$/.test(text)) throw noToken();
  const given = typeof seconds === 'number' && seconds > MIN_LIFETIME_S ? seconds : MIN_LIFETIME_S;
  return { token: text, lifetimeMs: Math.min(given, MAX_LIFETIME_S) * 1000 };
}

function noToken(): UpstreamError {
  return new UpstreamError('INVALID', 'the upstream gave no token that can be used');
}
