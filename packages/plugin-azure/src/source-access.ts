import type { HttpAuthorization } from '@azure/storage-blob';
import { readFault } from './faults.js';
import type { Service } from './service.js';

/** How the service may read a blob that it copies from its URL. */
export interface SourceAccess {
  readonly url: string;
  readonly sourceAuthorization?: HttpAuthorization;
}

const SIGNATURE_MS = 15 * 60_000;

/** A signature, which works for keys and identities alike; of an identity that may not sign, its token. */
export async function sourceAccess({ blob, signer, toName }: Service, key: string): Promise<SourceAccess> {
  const { url } = blob(key);
  try {
    const query = await signer.sign(toName(key), new Date(Date.now() + SIGNATURE_MS));
    return { url: `${url}?${query}` };
  } catch (error) {
    const status = readFault(error)?.status;
    if (signer.token === undefined || (status !== 401 && status !== 403)) throw error;
    return { url, sourceAuthorization: { scheme: 'Bearer', value: await signer.token() } };
  }
}
