import { InvalidParametersError } from '@outrigger/driver';
import { readFile } from 'node:fs/promises';
import { DRIVER_NAME, type GcsConfig } from './config.js';

/** Where the credentials come from: the parameter that a refusal is about. */
export interface Credentials {
  readonly parameter: 'keyfile' | 'credentials' | '';
  /** The content of a key file; undefined: application default credentials. */
  readonly json: Readonly<Record<string, unknown>> | undefined;
}

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
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw invalid(parameter, 'is no map');
  const json: Record<string, unknown> = Object.fromEntries(Object.entries(given));
  // Distribution's examples have no type; their keys are those of service accounts.
  const type = json.type ?? 'service_account';
  const wanted = typeof type === 'string' ? TYPES[type] : undefined;
  if (wanted === undefined)
    throw invalid(parameter, `has an unknown type; known are ${Object.keys(TYPES).join(', ')}`);
  const missing = wanted.filter((name) => json[name] === undefined || json[name] === '');
  if (missing.length > 0) throw invalid(parameter, `lacks ${missing.join(', ')}`);
  return { parameter, json: { ...json, type } };
}

function invalid(key: string, message: string): InvalidParametersError {
  return new InvalidParametersError(DRIVER_NAME, [{ key, message }]);
}
