import { expect, it, onTestFinished } from 'vitest';
import { createSession } from '../../src/auth/session.js';
import { parseParameters } from '../../src/config.js';
import { createClient } from '../../src/http/client.js';
import { createExchange } from '../../src/http/exchange.js';
import { type Said, fakeServer } from '../fake-server.js';

/** TempAuth whose tokens are counted and live for 1000 seconds, and an account that takes only the latest one. */
async function counting(answer: (token: string, url: string) => Said | undefined = () => undefined) {
  let count = 0;
  let base = '';
  const server = await fakeServer(({ url, headers }) => {
    if (!url.startsWith('/auth')) {
      const token = String(headers['x-auth-token']);
      return answer(token, url) ?? { status: token === `tok${String(count)}` ? 200 : 401 };
    }
    count++;
    return {
      headers: {
        'x-auth-token': `tok${String(count)}`,
        'x-storage-url': `${base}/v1/AUTH_a`,
        'x-auth-token-expires': '1000',
      },
    };
  });
  base = server.url;
  const exchange = createExchange({ insecureSkipVerify: false });
  onTestFinished(() => exchange.close());
  const config = parseParameters({
    username: 'a:u',
    password: 'hush',
    container: 'c',
    authurl: `${base}/auth/v1.0`,
  });
  const clock = { now: Date.now() };
  const session = createSession(exchange, config, { now: () => clock.now });
  const client = createClient(exchange, session, { sleep: () => Promise.resolve() });
  const revoke = () => count++;
  return { ...server, session, client, clock, revoke };
}

const paths = (asked: readonly { url: string }[]) => asked.map(({ url }) => url);

it('a token is asked for once, also by many at the same time', async () => {
  const { session, asked } = await counting();
  const grants = await Promise.all([session.grant(), session.grant(), session.grant()]);
  expect(new Set(grants.map(({ token }) => token))).toEqual(new Set(['tok1']));
  await session.grant();
  expect(asked).toHaveLength(1);
  expect(asked[0]?.headers).toMatchObject({ 'x-auth-user': 'a:u', 'x-auth-key': 'hush' });
});

it('a token is renewed before its end', async () => {
  const { session, clock } = await counting();
  await session.grant();
  clock.now += 790_000;
  expect((await session.grant()).token).toBe('tok1');
  clock.now += 20_000;
  expect((await session.grant()).token).toBe('tok2');
});

it('a token that is refused is renewed once, for all', async () => {
  const { client, session, asked, revoke } = await counting();
  await session.grant();
  revoke();
  const touch = () => client.touch({ method: 'HEAD', path: '/c' });
  expect((await Promise.all([touch(), touch()])).map(({ status }) => status)).toEqual([200, 200]);
  expect(paths(asked).filter((url) => url.startsWith('/auth'))).toHaveLength(2);
});

it('a new token that is refused too is a failure', async () => {
  const { client } = await counting(() => ({ status: 401 }));
  await expect(client.touch({ method: 'HEAD', path: '/c' })).rejects.toMatchObject({
    status: 401,
    isTransient: false,
  });
});

it('what may pass is tried again, at most five times', async () => {
  const answers = [{ status: 503 }, { status: 429, headers: { 'retry-after': '1' } }, { status: 200 }];
  const { client, asked } = await counting(() => answers.shift() ?? { status: 500 });
  expect((await client.touch({ method: 'PUT', path: '/c/o', body: 'x' })).status).toBe(200);
  expect(paths(asked).filter((url) => url.endsWith('/c/o'))).toHaveLength(3);
  await expect(client.touch({ method: 'PUT', path: '/c/p', body: 'x' })).rejects.toMatchObject({
    status: 500,
  });
  expect(paths(asked).filter((url) => url.endsWith('/c/p'))).toHaveLength(5);
});

it('what never passes is tried once', async () => {
  const { client, asked } = await counting(() => ({ status: 403 }));
  await expect(client.touch({ method: 'PUT', path: '/c/o' })).rejects.toMatchObject({ status: 403 });
  expect(asked).toHaveLength(2);
});
