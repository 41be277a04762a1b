import { InvalidParametersError, givenParameters, toParameterIssues } from '@outrigger/driver';
import type { ParameterIssue, ParameterSchema, Parameters } from '@outrigger/driver';
import { durationParameter, integerParameter, textParameter } from '@outrigger/object-store';
import { z } from 'zod';

export const DRIVER_NAME = 'sftp';

const MAX_CONNECTIONS = 64;
const TRUTHS = [true, 'true'] as const;

const schema = z.strictObject({
  host: textParameter().meta({ description: 'Name or address of the server.' }),
  port: integer(22, 1, 65_535).meta({ description: 'Its port.' }),
  username: textParameter().meta({ description: 'The account on the server.' }),
  password: textParameter().meta({
    description: 'Password of the account, also where the server asks for it as `keyboard-interactive`.',
    'x-secret': true,
  }),
  privatekey: textParameter().meta({
    description:
      'Private key of the account: the text of it (`-----BEGIN …`), or the path of its file. OpenSSH, PEM and PPK forms.',
    'x-secret': true,
  }),
  passphrase: textParameter().meta({
    description: 'Passphrase of `privatekey`, where it is encrypted.',
    'x-secret': true,
  }),
  agent: z
    .union([z.boolean(), z.enum(['true', 'false'])], { error: 'must be true or false' })
    .transform((given) => TRUTHS.some((truth) => truth === given))
    .prefault(false)
    .meta({ description: 'Signs in with the keys of the SSH agent at `SSH_AUTH_SOCK`.' }),
  hostkey: textParameter().meta({
    description:
      'The key that the server must show: one or several fingerprints (`SHA256:…`), separated by spaces or commas, or the path of a `known_hosts` file.',
  }),
  rootdirectory: textParameter().meta({
    description:
      'Directory on the server that holds everything; a relative one begins where the account lands. It is made if it is missing.',
  }),
  maxconnections: integer(4, 1, MAX_CONNECTIONS).meta({
    description:
      'Connections at the most. A server handles the requests of one connection one after the other.',
  }),
  connecttimeout: durationParameter().prefault('10s').meta({
    description: 'For so long the server may take to let the driver in.',
  }),
  requesttimeout: durationParameter().prefault('60s').meta({
    description: 'A connection on which the server answers nothing for so long is given up.',
  }),
  keepalive: durationParameter().prefault('10s').meta({
    description:
      'After so much silence the driver asks for a sign of life; the third one that is missed ends the connection.',
  }),
  commit: z.enum(['durable', 'relaxed']).default('durable').meta({
    description:
      'durable: what is acknowledged is on the disk of the server, where it has `fsync@openssh.com`. relaxed: nothing is synced.',
  }),
});

type Given = z.output<typeof schema>;

export interface SftpConfig {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string | undefined;
  /** Its text, or the path of its file. */
  readonly privateKey: string | undefined;
  readonly passphrase: string | undefined;
  readonly agent: boolean;
  /** Fingerprints, or the path of a file. */
  readonly hostKey: string;
  readonly rootDirectory: string;
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly commit: 'durable' | 'relaxed';
}

export const parameterSchema: ParameterSchema = {
  ...z.toJSONSchema(schema, { io: 'input' }),
  required: ['host', 'username', 'hostkey', 'rootdirectory'],
};

/** @throws InvalidParametersError with everything that is wrong */
export function parseParameters(parameters: Parameters): SftpConfig {
  const result = schema.safeParse(givenParameters(parameters));
  if (!result.success) throw new InvalidParametersError(DRIVER_NAME, toParameterIssues(result.error.issues));
  const given = result.data;
  const { host, username, hostkey, rootdirectory } = given;
  const issues = findIssues(given);
  if (
    issues.length > 0 ||
    host === undefined ||
    username === undefined ||
    hostkey === undefined ||
    rootdirectory === undefined
  )
    throw new InvalidParametersError(DRIVER_NAME, issues);
  return {
    host,
    port: given.port,
    username,
    password: given.password,
    privateKey: given.privatekey,
    passphrase: given.passphrase,
    agent: given.agent,
    hostKey: hostkey,
    rootDirectory: rootdirectory,
    maxConnections: given.maxconnections,
    connectTimeoutMs: given.connecttimeout ?? 0,
    requestTimeoutMs: given.requesttimeout ?? 0,
    keepAliveMs: given.keepalive ?? 0,
    commit: given.commit,
  };
}

/** What is missing, or wrong with parameters that are right each by itself. */
function findIssues(given: Given): ParameterIssue[] {
  const isKeyless = given.privatekey === undefined && !given.agent;
  const checks: readonly (readonly [wrong: boolean, key: keyof Given, message: string])[] = [
    [given.host === undefined, 'host', 'is required'],
    [/[\s/@]/.test(given.host ?? ''), 'host', 'must be a name or an address alone'],
    [given.username === undefined, 'username', 'is required'],
    [
      isKeyless && given.password === undefined,
      'password',
      'is required, unless privatekey or agent is given',
    ],
    [given.passphrase !== undefined && given.privatekey === undefined, 'passphrase', 'needs privatekey'],
    [given.hostkey === undefined, 'hostkey', NO_HOST_KEY],
    [given.rootdirectory === undefined, 'rootdirectory', 'is required'],
    ...(['connecttimeout', 'requesttimeout', 'keepalive'] as const).map(
      (key) => [(given[key] ?? 0) < 1, key, 'must be longer than nothing'] as const,
    ),
  ];
  return checks.flatMap(([wrong, key, message]) => (wrong ? [{ key, message }] : []));
}

const NO_HOST_KEY =
  'is required: the fingerprint of the server (SHA256:…, as `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` tells it there) or a known_hosts file';

function integer(byDefault: number, min: number, max: number) {
  const error = `must be an integer from ${String(min)} to ${String(max)}`;
  return integerParameter(error)
    .refine((value) => value >= min && value <= max, { error })
    .prefault(byDefault);
}
