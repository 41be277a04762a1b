import { StorageError } from '@outrigger/driver';
import type { ParsedKey } from 'ssh2';
import type { SftpConfig } from './config.js';
import type { HostKeys } from './host-key.js';

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

/** What the account is signed in with, by the parameters. */
export function meansOf({ config, privateKey, agent }: Access): string[] {
  return [
    ...(privateKey === undefined ? [] : ['privatekey']),
    ...(agent === undefined ? [] : ['agent']),
    ...(config.password === undefined ? [] : ['password']),
  ];
}
