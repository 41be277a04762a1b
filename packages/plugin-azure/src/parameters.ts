import { parseDuration } from '@outrigger/driver';
import { z } from 'zod';

/** Of Distribution's driver. */
const DEFAULT_REALM = 'core.windows.net';
const DEFAULT_TRIES = 5;
const DEFAULT_RETRY_DELAY = '100ms';
const DEFAULT_ABANDONED_AFTER = '168h';
/** More would keep a client waiting longer than it does. */
const MAX_TRIES = 20;

const secret = { 'x-secret': true };

/** Empty counts as absent, as in Distribution. */
const text = (description: string, more: Readonly<Record<string, unknown>> = {}) =>
  z
    .string('must be a string')
    .optional()
    .transform((value = '') => value)
    .meta({ description, ...more });

const flag = (description: string) =>
  z
    .union([z.boolean(), z.enum(['true', 'false'])], { error: 'must be true or false' })
    .default(false)
    .transform((value) => value === true || value === 'true')
    .meta({ description });

const duration = (preset: string) =>
  z
    .string('must be a duration such as 100ms')
    .refine((value) => value === '' || parseDuration(value) !== undefined, {
      error: 'must be a duration such as 100ms',
    })
    .default(preset)
    .transform((value) => parseDuration(value === '' ? preset : value) ?? 0);

const credentials = z
  .strictObject({
    type: z
      .enum(['client_secret', 'shared_key', 'default_credentials'], {
        error: 'must be client_secret, shared_key or default_credentials',
      })
      .optional()
      .meta({
        description:
          'How to sign in. Default: `shared_key` where `accountkey` or `connectionstring` is given.',
      }),
    clientid: text('Application (client) id. For `client_secret`.'),
    tenantid: text('Directory (tenant) id. For `client_secret`.'),
    secret: text('The secret of the application. For `client_secret`.', secret),
  })
  .optional()
  .meta({ description: 'Identity of the driver.' });

/** The parameters of Distribution's driver, and two of ours. */
export const schema = z.strictObject({
  accountname: text('Name of the storage account. Required without `connectionstring`.'),
  accountkey: text('A key of the account, for `shared_key`.', secret),
  connectionstring: text(
    'Connection string with an account key, in the place of `accountname` and `accountkey`.',
    secret,
  ),
  container: z
    .string('is required')
    .min(1, 'is required')
    .meta({ description: 'Container that holds everything. It must exist.' }),
  credentials,
  realm: z
    .string('must be a string')
    .default(DEFAULT_REALM)
    .meta({ description: 'End of the host names of the cloud.' }),
  rootdirectory: text('Prefix of all names in the container.'),
  serviceurl: z
    .string('must be a string')
    .optional()
    .transform((value = '') => value)
    .refine(isServiceUrl, { error: 'must be an http or https URL without user, query and fragment' })
    .meta({ description: 'URL of the blob service. Default: `https://<accountname>.blob.<realm>`.' }),
  max_retries: z
    .union([z.int(), z.string().regex(/^-?\d{1,9}$/)], { error: 'must be an integer' })
    .default(DEFAULT_TRIES)
    .transform(Number)
    .refine((value) => value >= -1 && value <= MAX_TRIES, { error: `must be -1 to ${String(MAX_TRIES)}` })
    .meta({ description: 'How often a request is tried in all. 0 means the default, -1 once.' }),
  retry_delay: duration(DEFAULT_RETRY_DELAY).meta({
    description: 'The first wait before a request is tried again; it doubles each time.',
  }),
  abandonedafter: duration(DEFAULT_ABANDONED_AFTER).meta({
    description:
      'Uploads that nobody went on with for so long are ended, at the start and every hour. Not in Distribution.',
  }),
  skipverify: flag('Do not check the certificate of the service. For tests only.'),
  legacyrootprefix: flag(
    'Names begin with a slash, as Distribution before version 3 wrote them. Not in Distribution.',
  ),
});

export type AzureParameters = z.output<typeof schema>;

/** At least 1. */
export function toTries(maxRetries: number): number {
  return maxRetries === 0 ? DEFAULT_TRIES : Math.max(1, maxRetries);
}

export function toRealm(realm: string): string {
  return realm === '' ? DEFAULT_REALM : realm;
}

function isServiceUrl(value: string): boolean {
  if (value === '') return true;
  if (!URL.canParse(value)) return false;
  const { protocol, username, search, hash } = new URL(value);
  return /^https?:$/.test(protocol) && username === '' && search === '' && hash === '';
}
