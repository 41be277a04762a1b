import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import type { ObjectInfo, SignalOption } from '@outrigger/object-store';
import type { Bucket } from './bucket.js';
import { run, sendOptions } from './bucket.js';
import { readFault } from './fault.js';
import { toInfo } from './object-info.js';

/** Undefined: nothing is there. */
export async function headObject(
  { client, name }: Bucket,
  key: string,
  { signal }: SignalOption = {},
): Promise<ObjectInfo | undefined> {
  const input = { Bucket: name, Key: key };
  return run({ permission: 'GetObject', key, signal }, async () => {
    try {
      return toInfo(key, await client.send(new HeadObjectCommand(input), sendOptions(signal)));
    } catch (error) {
      const { status } = readFault(error);
      if (status === 404) return undefined;
      if (status !== 400 && status !== 403) throw error;
      // An answer to HEAD has no body that says why: that to GET has.
      const { Body } = await client.send(
        new GetObjectCommand({ ...input, Range: 'bytes=0-0' }),
        sendOptions(signal),
      );
      await Body?.transformToByteArray();
      throw error;
    }
  });
}
