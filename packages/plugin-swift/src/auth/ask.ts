import type { Exchange, HttpAnswer, HttpRequest } from '../http/exchange.js';
import { disconnection, refusal } from '../http/failure.js';
import { ParameterFault } from '../parameter-fault.js';

/** Everybody waits for the token. */
const ANSWER_MS = 30_000;

/**
 * Asks for a token.
 *
 * @param about - the parameter that a refusal is about, and the version of the authentication
 * @throws ParameterFault the credentials are refused, or nothing of the kind is at the address; RequestFailure
 */
export async function ask(
  exchange: Exchange,
  request: HttpRequest,
  about: { secret: string; version: number },
): Promise<HttpAnswer> {
  let answer: HttpAnswer;
  try {
    answer = await exchange.send({ timeoutMs: ANSWER_MS, ...request });
  } catch (error) {
    request.signal?.throwIfAborted();
    throw disconnection(error);
  }
  const { status } = answer;
  if (status >= 200 && status < 300) return answer;
  const failure = await refusal(answer);
  if (status === 401 || status === 403)
    throw new ParameterFault(
      about.secret,
      `the authentication server refuses the credentials for what is asked (${failure.message})`,
      failure,
    );
  if (status < 500 && !failure.isTransient)
    throw new ParameterFault(
      'authurl',
      `what is there takes no such request of version ${String(about.version)} (${failure.message})`,
      failure,
    );
  throw failure;
}
