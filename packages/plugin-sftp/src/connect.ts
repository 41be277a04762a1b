import { StorageError } from '@outrigger/driver';
import ssh2 from 'ssh2';
import type { Algorithms, ParsedKey, SFTPWrapper, ServerHostKeyAlgorithm } from 'ssh2';
import type { SftpConfig } from './config.js';
import { ConnectionLostError } from './errors.js';
import type { HostKeys } from './host-key.js';
import { fingerprintOf, keyTypeOf } from './host-key.js';
import type { Session } from './session.js';
import { createSession } from './session.js';

/** What a connection is made with. */
export interface Access {
  readonly config: SftpConfig;
  readonly hostKeys: HostKeys;
  readonly privateKey: ParsedKey | undefined;
  /** The socket of the agent. */
  readonly agent: string | undefined;
}

/** The server refuses what a parameter says, or shows a key that is not it. Trying again does not help. */
export class RefusedError extends StorageError {
  /** The parameter. */
  readonly key: string;

  constructor(key: string, message: string) {
    super('UNAVAILABLE', `${key}: ${message}`, { retryable: false });
    this.key = key;
  }
}

/** Signs of life that may be missed. */
const MISSED_SIGNS = 3;
/** For so long an orderly end may take. */
const GOODBYE_MS = 1000;

export interface Connection {
  readonly session: Session;
  /** Resolves when it has ended, in whatever way. */
  readonly ended: Promise<void>;
  close(): void;
}

/**
 * Signs in, and starts SFTP.
 *
 * @throws RefusedError
 * @throws ConnectionLostError
 */
export async function connect(access: Access): Promise<Connection> {
  const { config } = access;
  const client = new ssh2.Client();
  const ended = Promise.withResolvers<void>();
  let failure: Error | undefined;
  let shown: Buffer | undefined;
  let session: Session | undefined;
  // The library may tell several errors of one end, also behind it: the first says why.
  client.on('error', (error) => (failure ??= error));
  client.on('close', () => {
    session?.end(new ConnectionLostError(`the connection to the server was lost${reasonOf(failure)}`));
    ended.resolve();
  });
  const drop = () => {
    client.destroy();
  };
  const isAccepted = (key: Buffer) => {
    const isRight = access.hostKeys.accepts(key);
    if (!isRight) shown = key;
    return isRight;
  };
  try {
    await Promise.race([signIn(client, access, isAccepted), ended.promise.then(() => throwLost(failure))]);
    const sftp = await Promise.race([startSftp(client), ended.promise.then(() => throwLost(failure))]);
    session = createSession(sftp, config.requestTimeoutMs, drop);
    sftp.on('error', (error: Error) => {
      failure ??= error;
      drop();
    });
    sftp.on('close', drop);
  } catch (error) {
    drop();
    throw explain(error, shown, access);
  }
  return {
    session,
    ended: ended.promise,
    close() {
      session.end(new ConnectionLostError('the driver was closed'));
      client.end();
      const late = setTimeout(drop, GOODBYE_MS).unref();
      void ended.promise.then(() => {
        clearTimeout(late);
      });
    },
  };
}

function signIn(client: ssh2.Client, access: Access, isAccepted: (key: Buffer) => boolean): Promise<void> {
  const { config, hostKeys, privateKey, agent } = access;
  const { host, port, username, password } = config;
  client.on('keyboard-interactive', (_name, _instructions, _language, prompts, finish) => {
    finish(prompts.map(() => password ?? ''));
  });
  const methods: ssh2.AnyAuthMethod[] = [
    ...(privateKey === undefined ? [] : [{ type: 'publickey', username, key: privateKey } as const]),
    ...(agent === undefined ? [] : [{ type: 'agent', username, agent } as const]),
    ...(password === undefined ? [] : passwordMethods(username, password)),
  ];
  return new Promise((resolve, reject) => {
    client.once('ready', resolve);
    client.once('connect', () => client.setNoDelay(true));
    client.once('error', reject);
    client.connect({
      host,
      port,
      username,
      readyTimeout: config.connectTimeoutMs,
      keepaliveInterval: config.keepAliveMs,
      keepaliveCountMax: MISSED_SIGNS,
      hostVerifier: isAccepted,
      authHandler: methods,
      algorithms: { serverHostKey: preferred(hostKeys.types) },
    } as ssh2.ConnectConfig);
  });
}

function passwordMethods(username: string, password: string): ssh2.AnyAuthMethod[] {
  return [
    { type: 'password', username, password },
    {
      type: 'keyboard-interactive',
      username,
      prompt: (_name, _instructions, _language, prompts, finish) => {
        finish(prompts.map(() => password));
      },
    },
  ];
}

const ALL_TYPES: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
];

/** A server that has several keys shows the one that is asked for first. */
function preferred(types: readonly string[]): Algorithms['serverHostKey'] {
  const isKnown = (algorithm: string) =>
    types.includes(algorithm) || (algorithm.startsWith('rsa-') && types.includes('ssh-rsa'));
  return [
    ...ALL_TYPES.filter((algorithm) => isKnown(algorithm)),
    ...ALL_TYPES.filter((algorithm) => !isKnown(algorithm)),
  ];
}

function startSftp(client: ssh2.Client): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) => {
    client.sftp((error: Error | undefined, sftp) => {
      if (error === undefined) resolve(sftp);
      else reject(error);
    });
  });
}

function throwLost(failure: Error | undefined): never {
  throw failure ?? new ConnectionLostError('the server ended the connection before it was ready');
}

/** What went wrong on the way in, in words that name the parameter. */
function explain(error: unknown, shown: Buffer | undefined, { config, privateKey, agent }: Access): Error {
  if (error instanceof StorageError) return error;
  const { host, port } = config;
  const place = `${host}:${String(port)}`;
  if (shown !== undefined)
    return new RefusedError(
      'hostkey',
      `the server ${place} shows another key: ${keyTypeOf(shown)} ${fingerprintOf(shown)}`,
    );
  const level: unknown = error instanceof Error && 'level' in error ? error.level : undefined;
  if (level === 'agent') return new RefusedError('agent', 'the SSH agent does not answer, or does not sign');
  if (level === 'client-authentication') {
    const means = [
      ...(privateKey === undefined ? [] : ['privatekey']),
      ...(agent === undefined ? [] : ['agent']),
      ...(config.password === undefined ? [] : ['password']),
    ];
    return new RefusedError(means.join(', '), `the server ${place} does not let the account in with it`);
  }
  return new ConnectionLostError(`the server ${place} cannot be reached${reasonOf(error)}`, { cause: error });
}

/** A code of the system, or what the library says: neither has a secret in it. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const reason = 'code' in error && typeof error.code === 'string' ? error.code : error.message;
  return ` (${reason})`;
}
