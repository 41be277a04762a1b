import { createHash } from 'node:crypto';
import type { SignalOption } from '@outrigger/object-store';
import { RequestFailure } from '../http/failure.js';
import { PLAIN_TYPE } from '../segments/content-type.js';
import type { Store } from './context.js';

export interface PutOptions extends SignalOption {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Puts one object. Swift compares the bytes that came with their MD5.
 *
 * @returns their MD5
 */
export async function putObject(
  { client, layout }: Store,
  name: string,
  content: Uint8Array,
  { signal, headers = {} }: PutOptions = {},
): Promise<string> {
  const md5 = createHash('md5').update(content).digest('hex');
  const answer = await client.touch({
    method: 'PUT',
    path: layout.pathOf(name),
    headers: { 'content-type': PLAIN_TYPE, etag: md5, ...headers },
    body: content,
    signal,
  });
  const got = answer.header('etag')?.replaceAll('"', '');
  if (got !== undefined && got !== md5)
    throw new RequestFailure('Swift has stored other bytes than were sent', { isTransient: true });
  return md5;
}
