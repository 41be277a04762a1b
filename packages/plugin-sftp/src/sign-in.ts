import type { Algorithms, AnyAuthMethod, Client, ConnectConfig, ServerHostKeyAlgorithm } from 'ssh2';
import type { Access } from './access.js';

/** Signs of life that may be missed. */
const MISSED_SIGNS = 3;

/**
 * Connects, and has the account let in.
 *
 * @param isAccepted - of the key that the server shows, before anything is told to it
 * @throws what the library makes of it
 */
export function signIn(client: Client, access: Access, isAccepted: (key: Buffer) => boolean): Promise<void> {
  const { config, hostKeys } = access;
  const { host, port, username } = config;
  const settings: ConnectConfig = {
    host,
    port,
    username,
    readyTimeout: config.connectTimeoutMs,
    keepaliveInterval: config.keepAliveMs,
    keepaliveCountMax: MISSED_SIGNS,
    hostVerifier: isAccepted,
    authHandler: methodsOf(access),
    algorithms: { serverHostKey: preferred(hostKeys.types) },
  };
  return new Promise((resolve, reject) => {
    client.once('ready', resolve);
    client.once('error', reject);
    // Requests are small and many: none waits for the answer to another one.
    client.once('connect', () => client.setNoDelay(true));
    client.connect(settings);
  });
}

function methodsOf({ config, privateKey, agent }: Access): AnyAuthMethod[] {
  const { username, password } = config;
  const methods: AnyAuthMethod[] = [];
  if (privateKey !== undefined) methods.push({ type: 'publickey', username, key: privateKey });
  if (agent !== undefined) methods.push({ type: 'agent', username, agent });
  if (password !== undefined)
    methods.push(
      { type: 'password', username, password },
      {
        type: 'keyboard-interactive',
        username,
        prompt: (_name, _instructions, _language, prompts, finish) => {
          finish(prompts.map(() => password));
        },
      },
    );
  return methods;
}

const ALGORITHMS: readonly ServerHostKeyAlgorithm[] = [
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
    ...ALGORITHMS.filter((algorithm) => isKnown(algorithm)),
    ...ALGORITHMS.filter((algorithm) => !isKnown(algorithm)),
  ];
}
