import type { DriverFactory } from '@outrigger/driver';
import { driverEnvironment, findSecrets } from '@outrigger/host';
import { azure } from '@outrigger/plugin-azure';
import { filesystem } from '@outrigger/plugin-fs';
import { gcs } from '@outrigger/plugin-gcs';
import { inmemory } from '@outrigger/plugin-memory';
import { oss, s3, s3aws } from '@outrigger/plugin-s3';
import { sftp } from '@outrigger/plugin-sftp';
import { swift } from '@outrigger/plugin-swift';
import { describe, expect, it } from 'vitest';

/** What the credentials of the clouds look like in an environment. */
const VARIABLES = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_ROLE_ARN',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'AZURE_TENANT_ID',
  'AZURE_CLIENT_ID',
  'AZURE_CLIENT_SECRET',
  'AZURE_FEDERATED_TOKEN_FILE',
  'OS_PASSWORD',
  'REGISTRY_STORAGE_S3_SECRETKEY',
];
const own = Object.fromEntries(VARIABLES.map((name) => [name, 'hunter2']));

function reach({ environment }: DriverFactory): string[] {
  return Object.keys(driverEnvironment(own, environment)).sort();
}

function ofCloud(prefix: string): string[] {
  return VARIABLES.filter((name) => name.startsWith(prefix)).sort();
}

describe('the variables of a cloud reach its driver, and no other', () => {
  it.each([
    [s3, 'AWS_'],
    [s3aws, 'AWS_'],
    [gcs, 'GOOGLE_'],
    [azure, 'AZURE_'],
  ])('$name', (factory, prefix) => {
    expect(reach(factory)).toEqual(ofCloud(prefix));
  });

  it.each([oss, swift, sftp, filesystem, inmemory])('$name: none', (factory) => {
    expect(reach(factory)).toEqual([]);
  });
});

/** Parameters with each way of a credential, and the values that nobody may see. */
const CREDENTIALS: readonly (readonly [DriverFactory, Readonly<Record<string, unknown>>])[] = [
  [s3, { bucket: 'images', region: 'eu', accesskey: 'hunter2-key', secretkey: 'hunter2-secret' }],
  [oss, { bucket: 'images', accesskeyid: 'hunter2-key', accesskeysecret: 'hunter2-secret' }],
  [
    gcs,
    {
      bucket: 'images',
      credentials: { private_key: 'hunter2-private', client_email: 'hunter2@example.com' },
    },
  ],
  [
    azure,
    {
      container: 'images',
      accountname: 'images',
      accountkey: 'hunter2-key',
      connectionstring: 'AccountKey=hunter2-connection',
      credentials: { type: 'client_secret', clientid: 'id', secret: 'hunter2-nested' },
    },
  ],
  [
    swift,
    { container: 'images', username: 'me', password: 'hunter2-password', secretkey: 'hunter2-tempurl' },
  ],
  [
    sftp,
    {
      host: 'images',
      username: 'me',
      password: 'hunter2-password',
      privatekey: '-----BEGIN hunter2-key',
      passphrase: 'hunter2-passphrase',
    },
  ],
];

describe('what is secret by the schema of a driver', () => {
  it.each(CREDENTIALS)(
    'of $name is in no argument and is printed masked',
    ({ parameters: schema }, given) => {
      const { open, masked, redact } = findSecrets(given, schema);
      for (const shown of [open, masked]) expect(JSON.stringify(shown)).not.toContain('hunter2');
      const [first] = Object.keys(given);
      expect(open).toHaveProperty([first ?? ''], 'images');
      expect(redact(JSON.stringify(given))).not.toContain('hunter2');
    },
  );
});
