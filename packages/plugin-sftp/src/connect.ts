import { StorageError } from '@outrigger/driver';
import ssh2 from 'ssh2';
import type { Client, SFTPWrapper } from 'ssh2';
import type { Access } from './access.js';
import { RefusedError, meansOf } from './access.js';
import { ConnectionLostError } from './errors.js';
import { fingerprintOf, keyTypeOf } from './host-key.js';
import type { Session } from './session.js';
import { createSession } from './session.js';
import { signIn } from './sign-in.js';

export interface Connection {
  readonly session: Session;
  /** Resolves when it has ended, in whatever way. */
  readonly ended: Promise<unknown>;
  close(): void;
}

/** For so long an orderly end may take. */
const GOODBYE_MS = 1000;

/**
 * Signs in, and starts SFTP.
 *
 * @throws RefusedError
 * @throws ConnectionLostError
 */
export async function connect(access: Access): Promise<Connection> {
  const { connectTimeoutMs, requestTimeoutMs } = access.config;
  const client = new ssh2.Client();
  const ended = Promise.withResolvers<undefined>();
  let failure: Error | undefined;
  let shown: Buffer | undefined;
  let session: Session | undefined;

  /** The library may tell several errors of one end, also behind it: the first says why. */
  const end = (error?: Error) => {
    failure ??= error;
    session?.end(new ConnectionLostError(`the connection to the server was lost${reasonOf(failure)}`));
    ended.resolve(undefined);
    client.destroy();
  };
  client.on('error', end);
  client.on('close', () => {
    end();
  });
  const unlessEnded = <T>(step: Promise<T>): Promise<T> => Promise.race([step, ended.promise.then(giveUp)]);
  const giveUp = (): never => {
    throw failure ?? new ConnectionLostError('the server ended the connection before it was ready');
  };
  const isAccepted = (key: Buffer) => {
    const isRight = access.hostKeys.accepts(key);
    if (!isRight) shown = key;
    return isRight;
  };
  const late = setTimeout(() => {
    end(new Error('it took too long'));
  }, connectTimeoutMs);
  try {
    await unlessEnded(signIn(client, access, isAccepted));
    const sftp = await unlessEnded(startSftp(client));
    session = createSession(sftp, requestTimeoutMs, end);
    sftp.on('error', end);
    sftp.on('close', () => {
      end();
    });
  } catch (error) {
    end();
    throw explain(error, shown, access);
  } finally {
    clearTimeout(late);
  }
  return { session, ended: ended.promise, close: () => part(client, session, end) };
}

/** Says goodbye, and does not wait for long. */
function part(client: Client, session: Session | undefined, end: () => void): void {
  session?.end(new ConnectionLostError('the driver was closed'));
  client.once('close', () => {
    clearTimeout(late);
  });
  const late = setTimeout(end, GOODBYE_MS).unref();
  client.end();
}

function startSftp(client: Client): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) => {
    client.sftp((error: Error | undefined, sftp) => {
      if (error === undefined) resolve(sftp);
      else reject(error);
    });
  });
}

/** What went wrong on the way in, in words that name the parameter. */
function explain(error: unknown, shown: Buffer | undefined, access: Access): Error {
  if (error instanceof StorageError) return error;
  const place = `${access.config.host}:${String(access.config.port)}`;
  if (shown !== undefined)
    return new RefusedError(
      'hostkey',
      `the server ${place} shows another key: ${keyTypeOf(shown)} ${fingerprintOf(shown)}`,
    );
  const level: unknown = error instanceof Error && 'level' in error ? error.level : undefined;
  if (level === 'agent') return new RefusedError('agent', 'the SSH agent does not answer, or does not sign');
  if (level === 'client-authentication')
    return new RefusedError(
      meansOf(access).join(', '),
      `the server ${place} does not let the account in with it`,
    );
  return new ConnectionLostError(`the server ${place} cannot be reached${reasonOf(error)}`, { cause: error });
}

/** A code of the system, or what the library says: neither has a secret in it. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const reason = 'code' in error && typeof error.code === 'string' ? error.code : error.message;
  return ` (${reason})`;
}
