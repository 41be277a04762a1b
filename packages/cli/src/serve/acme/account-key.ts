import { createPrivateKey } from 'node:crypto';
import type { CacheDirectory } from './cache-directory.js';
import { createKey, formatKey } from './identity.js';

const NAME = 'acme_account+key';
/** Of early versions of autocert. */
const FORMER_NAME = 'acme_account.key';

/**
 * The key of the account at the CA, PEM: the one in the cache, or else a new one.
 *
 * @throws Error that names the file, when what it has is no key; an account is not given up for that
 */
export async function accountKey(cache: CacheDirectory): Promise<string> {
  for (const name of [NAME, FORMER_NAME]) {
    const text = await cache.get(name);
    if (text === undefined) continue;
    assertIsKey(name, text);
    return text;
  }
  const key = formatKey(createKey());
  await cache.put(NAME, key);
  return key;
}

function assertIsKey(name: string, text: string): void {
  try {
    createPrivateKey(text);
  } catch {
    // The reason of the library may quote the key.
    throw new Error(`${name} in http.tls.letsencrypt.cachefile is not a private key in PEM form`);
  }
}
