import { readFileSync } from 'node:fs';
import { InvalidParametersError } from '@outrigger/driver';
import ssh2 from 'ssh2';
import type { ParsedKey } from 'ssh2';
import { DRIVER_NAME } from './config.js';

/**
 * Of the parameter `privatekey`: the text of a key, or the path of its file.
 *
 * @throws InvalidParametersError which has nothing of the key
 */
export function loadPrivateKey(given: string, passphrase: string | undefined): ParsedKey {
  const text = /^\s*(-----BEGIN|PuTTY-User-Key-File)/.test(given) ? given : readText(given);
  const parsed: ParsedKey | Error | ParsedKey[] = ssh2.utils.parseKey(text, passphrase);
  if (parsed instanceof Error) throw explain(parsed.message, passphrase);
  const key = toOne(parsed);
  if (key?.isPrivateKey() !== true) throw refuse('privatekey', 'is a public key: the private one is needed');
  return key;
}

/** The library answers a list for a form that may hold several keys. */
function toOne(parsed: ParsedKey | ParsedKey[]): ParsedKey | undefined {
  return Array.isArray(parsed) ? parsed[0] : parsed;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw refuse(
      'privatekey',
      `does not begin with -----BEGIN, and no file can be read at that path (${code})`,
    );
  }
}

/** The library's words hold nothing of the key, but they are not all for people. */
function explain(words: string, passphrase: string | undefined): InvalidParametersError {
  if (/no passphrase given/i.test(words))
    return refuse('passphrase', 'is required: the private key is encrypted');
  if (passphrase !== undefined && /integrity|decrypt|passphrase|bad/i.test(words))
    return refuse('passphrase', 'does not open the private key');
  return refuse('privatekey', 'is no private key in a form that is known (OpenSSH, PEM, PPK)');
}

function refuse(key: string, message: string): InvalidParametersError {
  return new InvalidParametersError(DRIVER_NAME, [{ key, message }]);
}
