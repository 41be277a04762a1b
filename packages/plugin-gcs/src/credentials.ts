import { InvalidParametersError } from '@outrigger/driver';
import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { DRIVER_NAME, type GcsConfig } from './config.js';

/** Where the credentials come from: the parameter that a refusal is about. */
export interface Credentials {
  readonly parameter: 'keyfile' | 'credentials' | '';
  /** The content of a key file; undefined: application default credentials. */
  readonly json: KeyFile | undefined;
}

/** What is said of the fields that google-auth-library reads by name; the others depend on the type. */
const keyFile = z.looseObject({
  type: z.string().default('service_account'),
  client_email: z.string().optional(),
  private_key: z.string().optional(),
  private_key_id: z.string().optional(),
  project_id: z.string().optional(),
  client_id: z.string().optional(),
  client_secret: z.string().optional(),
  refresh_token: z.string().optional(),
  quota_project_id: z.string().optional(),
  universe_domain: z.string().optional(),
});

export type KeyFile = z.infer<typeof keyFile>;

/** What google-auth-library knows, and what has to be in each. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  service_account: ['client_email', 'private_key'],
  authorized_user: ['client_id', 'client_secret', 'refresh_token'],
  external_account: ['audience', 'subject_token_type', 'token_url', 'credential_source'],
  external_account_authorized_user: ['audience', 'refresh_token', 'token_url'],
  impersonated_service_account: ['service_account_impersonation_url', 'source_credentials'],
};

/**
 * As Distribution: the key file, else the credentials of the configuration, else the default ones.
 *
 * @throws InvalidParametersError
 */
export async function readCredentials({ keyFile, credentials }: GcsConfig): Promise<Credentials> {
  if (keyFile !== undefined) return check('keyfile', await readKeyFile(keyFile));
  if (credentials !== undefined) return check('credentials', credentials);
  return { parameter: '', json: undefined };
}

async function readKeyFile(keyFile: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(keyFile, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw invalid('keyfile', `cannot be read (${code})`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw invalid('keyfile', 'is no JSON: it must be the key of a service account as Google Cloud gave it');
  }
}

function check(parameter: 'keyfile' | 'credentials', given: unknown): Credentials {
  const { data: json, error } = keyFile.safeParse(given);
  if (json === undefined) throw invalid(parameter, describe(error));
  const wanted = TYPES[json.type];
  if (wanted === undefined)
    throw invalid(parameter, `has an unknown type; known are ${Object.keys(TYPES).join(', ')}`);
  const missing = wanted.filter((name) => json[name] === undefined || json[name] === '');
  if (missing.length > 0) throw invalid(parameter, `lacks ${missing.join(', ')}`);
  if (json.private_key !== undefined && !isPrivateKey(json.private_key))
    throw invalid(parameter, 'has a private_key that is no PEM: its lines must be separated by line feeds');
  return { parameter, json };
}

function describe(error: z.ZodError): string {
  const field = error.issues[0]?.path.join('.') ?? '';
  return field === '' ? 'is no map' : `has a ${field} that is no text`;
}

function isPrivateKey(pem: string): boolean {
  try {
    createPrivateKey(pem);
    return true;
  } catch {
    return false;
  }
}

function invalid(key: string, message: string): InvalidParametersError {
  return new InvalidParametersError(DRIVER_NAME, [{ key, message }]);
}
