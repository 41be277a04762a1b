import { InvalidParametersError } from '@outrigger/driver';
import type { Access } from './access.js';
import type { SftpConfig } from './config.js';
import { DRIVER_NAME } from './config.js';
import { loadHostKeys } from './host-key.js';
import { loadPrivateKey } from './private-key.js';

/** Reads what the parameters name: keys, files, the agent of the environment. @throws InvalidParametersError */
export function loadAccess(config: SftpConfig): Access {
  const { host, port, hostKey, privateKey, passphrase } = config;
  return {
    config,
    hostKeys: loadHostKeys(hostKey, host, port),
    privateKey: privateKey === undefined ? undefined : loadPrivateKey(privateKey, passphrase),
    agent: config.agent ? findAgent() : undefined,
  };
}

function findAgent(): string {
  const socket = process.env.SSH_AUTH_SOCK;
  if (socket === undefined || socket === '')
    throw new InvalidParametersError(DRIVER_NAME, [
      { key: 'agent', message: 'SSH_AUTH_SOCK names no agent in the environment of the registry' },
    ]);
  return socket;
}
