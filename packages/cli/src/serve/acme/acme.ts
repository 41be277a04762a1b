import type { Socket } from 'node:net';
import type { SecureContext, TlsOptions } from 'node:tls';
import { createSecureContext } from 'node:tls';
import type { Logger } from '@outrigger/registry';
import type { LetsEncryptConfig } from '../../config/sections/tls.js';
import { accountKey } from './account-key.js';
import { openCache } from './cache-directory.js';
import { detectProof } from './detect-proof.js';
import { HostCertificate } from './host-certificate.js';
import { toHostName } from '../../config/host-name.js';
import type { Identity } from './identity.js';
import { orderCertificate } from './order.js';
import { createProofs } from './proofs.js';

/** Certificates of an ACME server (RFC 8555), as Distribution has them from Go's autocert. */
export interface Acme {
  /** For the server: which certificate a client gets to see. */
  readonly SNICallback: NonNullable<TlsOptions['SNICallback']>;
  /** Stands in front of the server, and takes the connections on which a CA wants to see a proof. */
  readonly intercept: (socket: Socket, next: (socket: Socket) => void) => void;
  /** What else the server is set up with: it goes into the contexts of all hosts. */
  use(options: TlsOptions): void;
  /** Orders what is missing, and renews in time. The server listens: the CA comes there. */
  start(): void;
  /** Looks at the cache, and orders at once what is missing, failures or not. */
  retry(): Promise<void>;
  close(): Promise<void>;
}

export interface AcmeOptions {
  readonly log: Logger;
  /** Default: from the CA. */
  readonly order?: (host: string, signal: AbortSignal) => Promise<Identity>;
}

const LETS_ENCRYPT = 'https://acme-v02.api.letsencrypt.org/directory';
/** A handshake has 10 seconds: the client is told before they are over. */
const PATIENCE_MS = 9_000;

/** @throws CommandError for a cache that cannot be used */
export async function createAcme(config: LetsEncryptConfig, { log, order }: AcmeOptions): Promise<Acme> {
  const cache = await openCache(config.cacheFile);
  const ended = new AbortController();
  const { signal } = ended;
  const hosts = new Map<string, HostCertificate>();
  const proofs = createProofs(cache, (host) => hosts.has(host));
  const parts = {
    directoryUrl: config.directoryUrl ?? LETS_ENCRYPT,
    email: config.email,
    accountKey: () => accountKey(cache),
    show: proofs.show,
  };
  const fromCa = (host: string, until: AbortSignal) => orderCertificate(host, parts, until);
  for (const name of config.hosts.map(toHostName).filter((each) => each !== undefined)) {
    hosts.set(name, new HostCertificate(name, { cache, order: order ?? fromCa, log, signal }));
  }
  const all = [...hosts.values()];
  // What is in the cache is there for the first client.
  await Promise.all(all.map((host) => host.load().catch(() => undefined)));
  let contexts = new Contexts({});
  const contextFor = async (name: string) => {
    const host = hosts.get(toHostName(name) ?? '');
    if (host === undefined) return undefined;
    if (!host.isGood) await patiently(host.look());
    return contexts.of(host);
  };
  return {
    SNICallback(name, callback) {
      // Without a context the server has no certificate to show, and refuses the handshake.
      contextFor(name).then(
        (context) => callback(null, context),
        () => callback(null),
      );
    },
    intercept: (socket, next) => detectProof(socket, (isProof) => (isProof ? proofs.accept : next)(socket)),
    use(options) {
      contexts = new Contexts(options);
    },
    start() {
      for (const host of all) void host.look();
    },
    async retry() {
      await Promise.all(all.map((host) => host.retry()));
    },
    async close() {
      ended.abort();
      await Promise.all(all.map((host) => host.close()));
    },
  };
}

/** Contexts of TLS: they cost too much to make one for every handshake. */
class Contexts {
  readonly #options: TlsOptions;
  readonly #made = new WeakMap<Identity, SecureContext>();

  constructor(options: TlsOptions) {
    this.#options = options;
  }

  of({ identity }: HostCertificate): SecureContext | undefined {
    if (identity === undefined) return undefined;
    const { chain, key } = identity;
    const context = this.#made.get(identity) ?? createSecureContext({ ...this.#options, cert: chain, key });
    this.#made.set(identity, context);
    return context;
  }
}

async function patiently(work: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, PATIENCE_MS, undefined);
  await Promise.race([work, promise]);
  clearTimeout(timer);
}
