import { X509Certificate } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Authorization, Client, Order } from 'acme-client';
import { AcmeError } from './acme-error.js';
import type { Identity } from './identity.js';
import { createKey, formatKey, parseIdentity } from './identity.js';
import type { AcmeLibrary } from './library.js';
import { withLibrary } from './library.js';

export interface OrderParts {
  readonly directoryUrl: string;
  readonly email: string | undefined;
  /** PEM. */
  readonly accountKey: () => Promise<string>;
  /** Shows the certificate of a proof to the CA until it is told to end that. */
  readonly show: (host: string, proof: Identity) => Promise<() => Promise<void>>;
}

/**
 * Gets a certificate from the CA (RFC 8555, 7.1), with the proof of RFC 8737.
 *
 * @throws AcmeError, or what ended the signal
 */
export function orderCertificate(host: string, parts: OrderParts, signal: AbortSignal): Promise<Identity> {
  return withLibrary(signal, async (library) => {
    const { directoryUrl, email } = parts;
    const client = new library.Client({ directoryUrl, accountKey: await parts.accountKey() });
    const contact = email === undefined ? {} : { contact: [`mailto:${email}`] };
    await client.createAccount({ termsOfServiceAgreed: true, ...contact });
    const order = await client.createOrder({ identifiers: [{ type: 'dns', value: host }] });
    for (const authorization of await client.getAuthorizations(order)) {
      if (authorization.status === 'pending') await prove(authorization, { library, client, parts, signal });
    }
    return finish(host, order, { library, client, signal });
  });
}

/** RFC 8737; the types of the library leave it out. */
const PROOF = 'tls-alpn-01';

interface Session {
  readonly library: AcmeLibrary;
  readonly client: Client;
  readonly signal: AbortSignal;
}

async function prove(
  authorization: Authorization,
  { library, client, parts, signal }: Session & { readonly parts: OrderParts },
): Promise<void> {
  const host = authorization.identifier.value;
  const challenge = authorization.challenges.find(({ type }: { readonly type: string }) => type === PROOF);
  if (challenge === undefined) throw new AcmeError(`the CA offers no proof of ${host} by ${PROOF}`);
  const answer = await client.getChallengeKeyAuthorization(challenge);
  const hide = await parts.show(host, await createProof(library, authorization, answer));
  let isAsked = false;
  try {
    await client.completeChallenge(challenge);
    isAsked = true;
    const outcome = await settled(() => renew(client, authorization), signal);
    if (outcome.status !== 'valid')
      throw new AcmeError(`the CA could not prove that ${host} leads here: ${reason(outcome)}`);
  } finally {
    await hide();
    // A CA allows so many that nobody cares for.
    if (!isAsked) await client.deactivateAuthorization(authorization).catch(() => undefined);
  }
}

async function createProof(
  library: AcmeLibrary,
  authorization: Authorization,
  answer: string,
): Promise<Identity> {
  const pem = createKey().export({ type: 'pkcs8', format: 'pem' });
  const [key, certificate] = await library.crypto.createAlpnCertificate(authorization, answer, pem);
  return { key: key.toString(), chain: certificate.toString(), leaf: new X509Certificate(certificate) };
}

async function finish(host: string, order: Order, { library, client, signal }: Session): Promise<Identity> {
  const ready = await settled(() => client.getOrder(order), signal);
  if (ready.status === 'invalid')
    throw new AcmeError(`the CA refused the order of ${host}: ${reason(ready)}`);
  const key = createKey();
  const pem = key.export({ type: 'pkcs8', format: 'pem' });
  const [, request] = await library.crypto.createCsr({ altNames: [host] }, pem);
  await client.finalizeOrder(order, request);
  const done = await settled(() => client.getOrder(order), signal, ['pending', 'ready', 'processing']);
  if (done.status !== 'valid') throw new AcmeError(`the CA refused the order of ${host}: ${reason(done)}`);
  const chain = await client.getCertificate(done);
  const identity = parseIdentity(formatKey(key) + chain, host);
  if (identity === undefined) throw new AcmeError(`the CA sent a certificate that is not for ${host}`);
  return identity;
}

async function renew(client: Client, authorization: Authorization): Promise<Authorization> {
  const [renewed] = await client.getAuthorizations({ authorizations: [authorization.url] } as Order);
  return renewed ?? authorization;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;

/** Asks until the CA has made up its mind; the signal ends that in time. */
async function settled<T extends { readonly status: string }>(
  ask: () => Promise<T>,
  signal: AbortSignal,
  undecided: readonly string[] = ['pending', 'processing'],
): Promise<T> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
    const item = await ask();
    if (!undecided.includes(item.status)) return item;
    await pause(wait, undefined, { signal });
  }
}

/** The problem (RFC 7807) of an order, or of a challenge. */
function reason(item: object): string {
  const { error, challenges = [] } = item as { error?: object; challenges?: { error?: object }[] };
  const problem = error ?? challenges.find((each) => each.error !== undefined)?.error;
  return problem !== undefined && 'detail' in problem ? String(problem.detail) : 'it does not say why';
}
