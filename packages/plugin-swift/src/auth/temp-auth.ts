import type { Credentials } from '../config.js';
import type { Exchange } from '../http/exchange.js';
import { ParameterFault } from '../parameter-fault.js';
import { ask } from './ask.js';
import type { Grant } from './grant.js';

/** Swift's own TempAuth, and version 1 of Rackspace, which it is made after. */
export async function authenticateV1(
  exchange: Exchange,
  { authUrl, username, password }: Credentials,
  signal?: AbortSignal,
): Promise<Grant> {
  const answer = await ask(
    exchange,
    {
      url: authUrl,
      method: 'GET',
      headers: { 'x-auth-user': username, 'x-auth-key': password },
      signal,
    },
    { secret: 'password', version: 1 },
  );
  await answer.discard();
  const [token, storageUrl] = [answer.header('x-auth-token'), answer.header('x-storage-url')];
  if (token === undefined || storageUrl === undefined)
    throw new ParameterFault('authurl', 'what is there gives no tokens of version 1');
  const seconds = Number(answer.header('x-auth-token-expires') ?? NaN);
  return {
    token,
    storageUrl,
    expiresAt: Number.isFinite(seconds) ? new Date(Date.now() + seconds * 1000) : undefined,
    projectId: undefined,
  };
}
