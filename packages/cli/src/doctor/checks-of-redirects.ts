import { adviceOnSigning } from './advice.js';
import type { Check, Outcome } from './check.js';
import { notTried, ok, warning } from './check.js';
import { expect } from './examination.js';
import { fetchSigned } from './fetch-signed.js';
import type { Subject } from './subject.js';
import { tamper } from './tamper.js';

const CONTENT = Buffer.from('What a client fetches from the store by itself.\n');

/** Whether a client that is sent to the store gets there, from where this machine is. */
export function checksOfRedirects(subject: Subject): Check[] {
  return [
    {
      id: 'redirect-get',
      what: 'fetch content by a signed URL',
      needs: ['write'],
      run: (signal) => redirected(subject, 'GET', signal, (url) => get(url, signal)),
    },
    {
      id: 'redirect-head',
      what: 'ask for its size by a signed URL',
      needs: ['write'],
      run: (signal) => redirected(subject, 'HEAD', signal, (url) => head(url, signal)),
    },
    {
      id: 'redirect-tampered',
      what: 'see a forged URL refused',
      needs: ['redirect-get'],
      run: (signal) => redirected(subject, 'GET', signal, (url) => forged(url, signal)),
    },
  ];
}

async function redirected(
  subject: Subject,
  method: string,
  signal: AbortSignal,
  use: (url: URL) => Promise<Outcome>,
): Promise<Outcome> {
  const { store } = subject;
  if (store.capabilities.redirectURL !== true) return notTried('the driver sends no client to its store');
  if (!subject.redirects)
    return notTried('storage.redirect.disable is set: every byte goes through the registry');
  const path = subject.at('redirected');
  await store.put(path, CONTENT, { signal });
  const redirect = (await store.redirectURL?.(path, { method, signal })) ?? null;
  if (redirect === null) return unsigned(store.name);
  const { expiresAt } = redirect;
  expect(expiresAt === undefined || expiresAt.getTime() > Date.now(), 'the URL has expired when it is new');
  return use(new URL(redirect.url));
}

function unsigned(driver: string): Outcome {
  const advice = adviceOnSigning(driver);
  return advice === undefined
    ? notTried('as it is configured the driver signs no URL: every byte goes through the registry')
    : warning(`the driver can sign no URL: every byte goes through the registry; ${advice}`);
}

async function get(url: URL, signal: AbortSignal): Promise<Outcome> {
  const { status, body } = await fetchSigned(url, 'GET', signal);
  expect(status === 200, `${url.host} answers ${String(status)}`);
  expect(
    CONTENT.equals(body),
    `${url.host} sends other bytes: ${String(body.length)} of ${String(CONTENT.length)}`,
  );
  return url.protocol === 'https:'
    ? ok(`from ${url.host}; whether your clients get there too, only they can tell`)
    : warning(`from ${url.host}, without TLS: who listens on the way reads what is pulled`);
}

async function head(url: URL, signal: AbortSignal): Promise<Outcome> {
  const { status, length } = await fetchSigned(url, 'HEAD', signal);
  expect(status === 200, `${url.host} answers ${String(status)}`);
  expect(length === CONTENT.length, `${url.host} says ${String(length)} bytes of ${String(CONTENT.length)}`);
  return ok(`from ${url.host}`);
}

async function forged(url: URL, signal: AbortSignal): Promise<Outcome> {
  const other = tamper(url);
  if (other === undefined) return notTried('nothing in the URL is known to be a signature');
  const { status } = await fetchSigned(other, 'GET', signal);
  if (status >= 200 && status < 300)
    return warning(
      `${url.host} does not check signatures: who can reach it reads everything whose name he knows`,
    );
  return ok(`${url.host} answers ${String(status)}`);
}
