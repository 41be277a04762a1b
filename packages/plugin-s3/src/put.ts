import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { SignalOption } from '@outrigger/object-store';
import type { Bucket } from './bucket.js';
import { run, sendOptions } from './bucket.js';

export async function putObject(
  { client, name, headers }: Bucket,
  key: string,
  content: Uint8Array,
  { signal }: SignalOption = {},
): Promise<void> {
  const command = new PutObjectCommand({ ...headers, Bucket: name, Key: key, Body: content });
  await run({ permission: 'PutObject', key, signal }, () => client.send(command, sendOptions(signal)));
}
