import type { S3Client } from '@aws-sdk/client-s3';
import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Redirect, RedirectRequest } from '@outrigger/driver';
import type { Bucket } from './bucket.js';
import { run } from './bucket.js';

/** As in Distribution. */
const EXPIRES_S = 20 * 60;

/** A signed URL for GET or HEAD, whichever was asked for: the signature covers the method. Null for others. */
export async function signedRedirect(
  { client, name }: Bucket,
  signer: S3Client,
  key: string,
  { method }: Pick<RedirectRequest, 'method'>,
): Promise<Redirect | null> {
  if (method !== 'GET' && method !== 'HEAD') return null;
  const Command = method === 'GET' ? GetObjectCommand : HeadObjectCommand;
  // The store counts from its own time, which the client has learnt from the answers so far.
  const date = new Date(Date.now() + client.config.systemClockOffset);
  return run({ permission: 'GetObject', key, signal: undefined }, async () => ({
    url: await getSignedUrl(signer, new Command({ Bucket: name, Key: key }), {
      expiresIn: EXPIRES_S,
      signingDate: date,
    }),
    expiresAt: new Date(Date.now() + EXPIRES_S * 1000),
  }));
}
