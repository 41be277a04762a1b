import type { RetryOptions } from '@outrigger/object-store';
import type { Session } from '../auth/session.js';
import type { Exchange, HttpAnswer } from './exchange.js';
import { disconnection, refusal } from './failure.js';
import { retrying } from './retry.js';

/** A request about a container or an object in it. */
export interface SwiftRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Below the address of the account, with a slash at its beginning; escaped. Empty: the account. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string | undefined;
  /** Statuses from 300 on that are an answer and no failure. */
  readonly accept?: readonly number[];
  readonly signal?: AbortSignal | undefined;
}

export interface Client {
  /**
   * Sends a request, and again while it fails for a reason that may pass. A token that is refused is renewed once.
   *
   * @throws RequestFailure, ParameterFault, or what the signal was aborted with
   */
  send(request: SwiftRequest): Promise<HttpAnswer>;
  /** As {@link send}, with what `take` reads of the answer: one that breaks in the middle of its body is asked for again too. */
  read<T>(request: SwiftRequest, take: (answer: HttpAnswer) => Promise<T>): Promise<T>;
  /** As {@link send}, for an answer of which only the head matters. */
  touch(request: SwiftRequest): Promise<HttpAnswer>;
}

export function createClient(
  exchange: Exchange,
  session: Session,
  { sleep }: Pick<RetryOptions, 'sleep'> = {},
): Client {
  const send = (request: SwiftRequest): Promise<HttpAnswer> =>
    retrying(() => sendOnce(exchange, session, request), { signal: request.signal, sleep });
  return {
    send,
    read: (request, take) =>
      retrying(
        async () => {
          const answer = await sendOnce(exchange, session, request);
          return await take(answer).catch((error: unknown) => {
            request.signal?.throwIfAborted();
            throw disconnection(error);
          });
        },
        { signal: request.signal, sleep },
      ),
    async touch(request) {
      const answer = await send(request);
      await answer.discard().catch(() => undefined);
      return answer;
    },
  };
}

async function sendOnce(exchange: Exchange, session: Session, request: SwiftRequest): Promise<HttpAnswer> {
  const { method, path, query, headers, body, signal, accept = [] } = request;
  let grant = await session.grant(signal);
  for (let isRenewed = false; ; isRenewed = true) {
    const url = `${grant.storageUrl}${path}${toSearch(query)}`;
    const all = { ...headers, 'x-auth-token': grant.token };
    let answer: HttpAnswer;
    try {
      answer = await exchange.send({ url, method, headers: all, body, signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw disconnection(error);
    }
    if (answer.status < 300 || accept.includes(answer.status)) return answer;
    const failure = await refusal(answer, method);
    if (answer.status !== 401 || isRenewed) throw failure;
    grant = await session.renew(grant, signal);
  }
}

function toSearch(query: SwiftRequest['query'] = {}): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return given.length === 0 ? '' : `?${given.join('&')}`;
}
