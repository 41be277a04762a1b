import { InvalidParametersError, givenParameters, toParameterIssues } from '@outrigger/driver';
import type { ParameterIssue, ParameterSchema, Parameters } from '@outrigger/driver';
import type { z } from 'zod';
import { DRIVER_NAME, parameters, toParameterSchema } from './parameters.js';

export type AuthVersion = 1 | 2 | 3;
export type EndpointType = 'public' | 'internal' | 'admin';

/** A thing of Keystone's by its name or its id. */
export type NameOrId = { readonly name: string } | { readonly id: string };

/** Who asks for a token, and for what. */
export interface Credentials {
  readonly authUrl: URL;
  readonly version: AuthVersion;
  readonly username: string;
  readonly password: string;
  /** The domain of the user; Keystone v3 only. */
  readonly domain: NameOrId | undefined;
  readonly tenant: NameOrId | undefined;
  readonly tenantDomain: NameOrId | undefined;
  readonly trustId: string | undefined;
  /** In the place of user and password; Keystone v3 only. */
  readonly application: { readonly id: string; readonly secret: string } | undefined;
}

export interface TempUrlConfig {
  /** HP Cloud's: part of the signature. */
  readonly accessKey: string | undefined;
  /** Undefined: what the container or the account has, or a new one. */
  readonly secretKey: string | undefined;
  /** Where /info does not tell: whether the key is the container's. */
  readonly isContainerKey: boolean;
  /** Undefined: those that /info tells. */
  readonly methods: readonly string[] | undefined;
}

export interface SwiftConfig {
  readonly credentials: Credentials;
  /** Of the endpoint in the catalogue; undefined: the first. */
  readonly region: string | undefined;
  readonly endpointType: EndpointType;
  readonly container: string;
  /** As it is given; see {@link Layout}. */
  readonly prefix: string;
  readonly insecureSkipVerify: boolean;
  /** Bytes of a segment. */
  readonly chunkSize: number;
  readonly tempUrl: TempUrlConfig;
}

type Given = z.output<typeof parameters>;

export const parameterSchema: ParameterSchema = toParameterSchema();

/** @throws InvalidParametersError */
export function parseParameters(map: Parameters): SwiftConfig {
  const result = parameters.safeParse(givenParameters(map));
  if (!result.success) throw new InvalidParametersError(DRIVER_NAME, toParameterIssues(result.error.issues));
  const given = result.data;
  const { authurl, container } = given;
  const authUrl = URL.parse(authurl ?? '') ?? undefined;
  const version = versionOf(given);
  const issues = check(given, authUrl, version);
  if (authUrl === undefined || version === undefined || container === undefined || issues.length > 0)
    throw new InvalidParametersError(DRIVER_NAME, issues);
  return {
    credentials: toCredentials(given, authUrl, version),
    region: given.region,
    endpointType: given.endpointtype,
    container,
    prefix: given.prefix ?? '',
    insecureSkipVerify: given.insecureskipverify,
    chunkSize: given.chunksize,
    tempUrl: {
      accessKey: given.accesskey,
      secretKey: given.secretkey,
      isContainerKey: given.tempurlcontainerkey,
      methods: given.tempurlmethods,
    },
  };
}

/** Distribution looks for the version in the address when it is not given. */
function versionOf({ authversion, authurl = '' }: Given): AuthVersion | undefined {
  if (authversion !== undefined) return authversion;
  const found = ([3, 2, 1] as const).find((version) => authurl.includes(`v${String(version)}`));
  return found;
}

function check(given: Given, authUrl: URL | undefined, version: AuthVersion | undefined): ParameterIssue[] {
  const issues: ParameterIssue[] = [];
  const add = (key: string, message: string) => issues.push({ key, message });
  const { authurl, container, applicationcredentialid: id, applicationcredentialsecret: secret } = given;
  const isApplication = id !== undefined || secret !== undefined;
  if (!isApplication && given.username === undefined) add('username', 'is required');
  if (!isApplication && given.password === undefined) add('password', 'is required');
  if (isApplication && id === undefined) add('applicationcredentialid', 'is required beside its secret');
  if (isApplication && secret === undefined) add('applicationcredentialsecret', 'is required beside its id');
  if (isApplication && version !== undefined && version !== 3)
    add('applicationcredentialid', 'needs authversion 3');
  if (authurl === undefined) add('authurl', 'is required');
  else if (authUrl === undefined || !/^https?:$/.test(authUrl.protocol))
    add('authurl', 'must be a URL of http or https');
  else if (authUrl.username !== '' || authUrl.password !== '')
    add('authurl', 'must hold no credentials; they go into username and password');
  else if (version === undefined)
    add('authversion', 'is not to be seen in authurl, so it is required: 1, 2 or 3');
  if (container === undefined) add('container', 'is required');
  else if (container.includes('/') || Buffer.byteLength(container) > 256)
    add('container', 'must be at most 256 bytes without a slash');
  return issues;
}

function toCredentials(given: Given, authUrl: URL, version: AuthVersion): Credentials {
  const { applicationcredentialid: id, applicationcredentialsecret: secret } = given;
  return {
    authUrl,
    version,
    username: given.username ?? '',
    password: given.password ?? '',
    domain: nameOrId(given.domain, given.domainid),
    tenant: idOrName(given.tenantid, given.tenant),
    tenantDomain: nameOrId(given.tenantdomain, given.tenantdomainid),
    trustId: given.trustid,
    application: id === undefined || secret === undefined ? undefined : { id, secret },
  };
}

/** Of domains Distribution prefers the name, of tenants the id. */
function nameOrId(name: string | undefined, id: string | undefined): NameOrId | undefined {
  if (name !== undefined) return { name };
  return id === undefined ? undefined : { id };
}

function idOrName(id: string | undefined, name: string | undefined): NameOrId | undefined {
  return id === undefined ? nameOrId(name, undefined) : { id };
}
