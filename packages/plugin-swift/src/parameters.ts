import type { ParameterSchema } from '@outrigger/driver';
import { integerParameter, textParameter } from '@outrigger/object-store';
import { z } from 'zod';

export const DRIVER_NAME = 'swift';

const MIB = 1024 * 1024;
/** Distribution's. */
const DEFAULT_CHUNK_SIZE = 20 * MIB;
const MIN_CHUNK_SIZE = MIB;
/** A segment is a buffer in memory, and Swift takes no object above 5 GiB. */
const MAX_CHUNK_SIZE = 1024 * MIB;

const secret = (description: string) => textParameter().meta({ description, 'x-secret': true });

const described = (description: string) => textParameter().meta({ description });

/** A switch, given as a boolean or as its name. */
function flag() {
  const error = 'must be true or false';
  return z
    .union([z.boolean(), z.enum(['true', 'false'])], { error })
    .transform((given) => given === true || given === 'true');
}

const versions = z.union([z.literal(['1', '2', '3']), z.literal([1, 2, 3]), z.literal([0, '0'])], {
  error: 'must be 1, 2 or 3',
});

/** Names and defaults are those of the driver that Distribution had up to 2.8. */
export const parameters = z.strictObject({
  username: described(
    'Name of the user; for TempAuth `<account>:<user>`. Required, unless an application credential is given.',
  ),
  password: secret('Password of the user. Required, unless an application credential is given.'),
  authurl: described('Address that gives tokens, such as `https://keystone.example.com/v3`. Required.'),
  tenant: described('Name of the project (tenant) that the container is in. Keystone only.'),
  tenantid: described('Its id, in the place of its name.'),
  domain: described('Name of the domain of the user. Keystone v3 only.'),
  domainid: described('Its id, in the place of its name.'),
  tenantdomain: described(
    'Name of the domain of the project, where it is not the domain of the user. Keystone v3 only.',
  ),
  tenantdomainid: described('Its id, in the place of its name.'),
  trustid: described("Id of a trust that gives its trustor's rights. Keystone v3 only."),
  applicationcredentialid: described(
    'Id of an application credential, in the place of user and password. Keystone v3 only; not in Distribution.',
  ),
  applicationcredentialsecret: secret('Secret of the application credential.'),
  region: described('Region of the endpoint in the catalogue. Default: the first that the catalogue has.'),
  authversion: versions
    .optional()
    .transform((given) => ([1, 2, 3] as const).find((version) => version === Number(given)))
    .meta({
      description:
        'Version of the authentication: 1 (TempAuth), 2 or 3 (Keystone). Default: what authurl says.',
    }),
  container: described('Name of the container that holds everything. It is made if it is missing. Required.'),
  prefix: described(
    'What all names in the container begin with. Content lies in `<prefix>/files`. Default: none.',
  ),
  endpointtype: z
    .enum(['public', 'internal', 'admin'], { error: 'must be public, internal or admin' })
    .default('public')
    .meta({ description: 'Which address of Swift to take from the catalogue. Keystone only.' }),
  insecureskipverify: flag().prefault(false).meta({
    description: 'Takes any certificate. Name the CA in NODE_EXTRA_CA_CERTS of the registry instead.',
  }),
  chunksize: integerParameter()
    .refine((size) => size >= MIN_CHUNK_SIZE, `must be at least ${String(MIN_CHUNK_SIZE)}`)
    .refine((size) => size <= MAX_CHUNK_SIZE, `must be at most ${String(MAX_CHUNK_SIZE)}`)
    .prefault(DEFAULT_CHUNK_SIZE)
    .meta({ description: 'Bytes of a segment of larger content; each is a buffer in memory.' }),
  secretkey: secret(
    'Key of temporary URLs, which is set where the container or the account has another. Default: the key that is there, or a new random one.',
  ),
  accesskey: secret('What the signatures of HP Cloud have beside the key.'),
  tempurlcontainerkey: flag().prefault(false).meta({
    description:
      "Whether the key is the container's, not the account's, where /info does not tell the version of Swift.",
  }),
  tempurlmethods: z
    .union(
      [
        z.array(z.string()),
        z.string().transform((given) => given.split(/[\s,]+/).filter((name) => name !== '')),
      ],
      {
        error: 'must be a list of HTTP methods',
      },
    )
    .transform((given) => given.map((method) => method.toUpperCase()))
    .optional()
    .meta({
      description:
        'Methods that temporary URLs may be signed for; GET or nothing makes sense here. Default: what /info tells.',
    }),
});

export function toParameterSchema(): ParameterSchema {
  return { ...z.toJSONSchema(parameters, { io: 'input' }), required: ['authurl', 'container'] };
}
