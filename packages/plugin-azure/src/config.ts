import type { ParameterIssue, ParameterSchema, Parameters } from '@outrigger/driver';
import { InvalidParametersError, toParameterIssues } from '@outrigger/driver';
import { keyPrefixOf } from '@outrigger/object-store';
import { z } from 'zod';
import { parseConnectionString } from './connection-string.js';
import type { AzureParameters } from './parameters.js';
import { schema, toRealm, toTries } from './parameters.js';

export const DRIVER_NAME = 'azure';

/** How the driver signs in. */
export type Identity =
  | { readonly type: 'shared_key'; readonly accountKey: string }
  | {
      readonly type: 'client_secret';
      readonly tenantId: string;
      readonly clientId: string;
      readonly secret: string;
    }
  | { readonly type: 'default_credentials' };

export interface AzureConfig {
  readonly accountName: string;
  readonly container: string;
  /** Of the blob service, without a slash at the end. */
  readonly serviceUrl: string;
  readonly identity: Identity;
  /** Empty, or ends with a slash. */
  readonly keyPrefix: string;
  /** A slash before every key, or nothing. */
  readonly namePrefix: '' | '/';
  /** Tries of one request, at least 1. */
  readonly tries: number;
  readonly retryDelayMs: number;
  readonly abandonedAfterMs: number;
  readonly skipVerify: boolean;
}

export const parameterSchema: ParameterSchema = z.toJSONSchema(schema, { io: 'input' });

/** @throws InvalidParametersError */
export function parseParameters(parameters: Parameters): AzureConfig {
  const result = schema.safeParse(withoutNulls(parameters));
  if (!result.success) throw new InvalidParametersError(DRIVER_NAME, toParameterIssues(result.error.issues));
  const issues: ParameterIssue[] = [];
  const config = toConfig(result.data, (key, message) => issues.push({ key, message }));
  if (issues.length > 0) throw new InvalidParametersError(DRIVER_NAME, issues);
  return config;
}

type Report = (key: string, message: string) => void;

function toConfig(given: AzureParameters, report: Report): AzureConfig {
  const account = toAccount(given, report);
  // https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
  if (!/^(?:\$root|(?=.{3,63}$)[a-z0-9]+(?:-[a-z0-9]+)*)$/.test(given.container))
    report('container', 'must be 3 to 63 lowercase letters, digits and single dashes');
  return {
    accountName: account.name,
    container: given.container,
    serviceUrl: account.serviceUrl,
    identity: toIdentity(given, account.key, report),
    keyPrefix: keyPrefixOf(given.rootdirectory),
    namePrefix: given.legacyrootprefix ? '/' : '',
    tries: toTries(given.max_retries),
    retryDelayMs: given.retry_delay,
    abandonedAfterMs: given.abandonedafter,
    skipVerify: given.skipverify,
  };
}

interface Account {
  readonly name: string;
  readonly key: string;
  readonly serviceUrl: string;
}

function toAccount(given: AzureParameters, report: Report): Account {
  if (given.connectionstring !== '') return fromConnectionString(given, report);
  const { accountname: name, accountkey: key, serviceurl } = given;
  if (name === '') report('accountname', 'is required');
  else if (!/^[a-z0-9]{3,24}(?:-secondary)?$/.test(name))
    report('accountname', 'must be 3 to 24 lowercase letters and digits');
  const serviceUrl = serviceurl === '' ? `https://${name}.blob.${toRealm(given.realm)}` : serviceurl;
  return { name, key, serviceUrl: serviceUrl.replace(/\/+$/, '') };
}

function fromConnectionString(given: AzureParameters, report: Report): Account {
  const parsed = parseConnectionString(given.connectionstring);
  if ('problem' in parsed) {
    report('connectionstring', parsed.problem);
    return { name: '', key: '', serviceUrl: '' };
  }
  if (given.accountname !== '' && given.accountname !== parsed.accountName)
    report('connectionstring', 'is of another account than accountname');
  const { accountName: name, accountKey: key, serviceUrl } = parsed;
  return {
    name,
    key,
    serviceUrl: given.serviceurl === '' ? serviceUrl : given.serviceurl.replace(/\/+$/, ''),
  };
}

function toIdentity({ credentials }: AzureParameters, accountKey: string, report: Report): Identity {
  const type = credentials?.type ?? (accountKey === '' ? undefined : 'shared_key');
  if (type === 'default_credentials') return { type };
  if (type === 'client_secret') {
    for (const key of ['tenantid', 'clientid', 'secret'] as const)
      if (!credentials?.[key]) report(`credentials.${key}`, 'is required for client_secret');
    const { tenantid: tenantId = '', clientid: clientId = '', secret = '' } = credentials ?? {};
    return { type, tenantId, clientId, secret };
  }
  if (type === undefined)
    report(
      'credentials.type',
      'is required without accountkey: client_secret, shared_key or default_credentials',
    );
  else if (accountKey === '') report('accountkey', 'is required for shared_key');
  else if (!/^[A-Za-z0-9+/]+={0,2}$/.test(accountKey)) report('accountkey', 'must be base64');
  return { type: 'shared_key', accountKey };
}

/** A YAML key without a value means its default. */
function withoutNulls(map: Parameters): Parameters {
  const clean = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? withoutNulls({ ...value }) : value;
  return Object.fromEntries(
    Object.entries(map).flatMap(([key, value]) => (value === null ? [] : [[key, clean(value)]])),
  );
}
