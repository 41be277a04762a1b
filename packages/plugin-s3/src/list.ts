import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { ObjectListRequest, ObjectPage } from '@outrigger/object-store';
import type { Bucket } from './bucket.js';
import { run, sendOptions } from './bucket.js';
import { toInfo } from './object-info.js';

/** Behind all characters: what comes after it comes after all that lies below a prefix. */
const LAST = '\u{10FFFF}';

/** One page, in the order of keys. A page that would be empty is passed over. */
export async function listObjects(bucket: Bucket, request: ObjectListRequest): Promise<ObjectPage> {
  const { prefix, isShallow, startAfter, limit, signal } = request;
  const input = {
    Bucket: bucket.name,
    Prefix: prefix,
    MaxKeys: limit,
    ...(isShallow ? { Delimiter: '/' } : {}),
    ...(startAfter === undefined ? {} : { StartAfter: behind(startAfter, isShallow) }),
  };
  return run({ permission: 'ListBucket', key: prefix, signal }, async () => {
    for (let token: string | undefined; ;) {
      const answer = await bucket.client.send(
        new ListObjectsV2Command({ ...input, ...(token === undefined ? {} : { ContinuationToken: token }) }),
        sendOptions(signal),
      );
      const page = toPage(answer, startAfter ?? '');
      token = answer.NextContinuationToken;
      if (
        page.objects.length + page.prefixes.length > 0 ||
        answer.IsTruncated !== true ||
        token === undefined
      )
        return page;
    }
  });
}

/** A prefix that was listed comes again after itself, since it stands for the keys below it. */
function behind(startAfter: string, isShallow: boolean): string {
  return isShallow && startAfter.endsWith('/') ? startAfter + LAST : startAfter;
}

function toPage(answer: ListObjectsV2CommandOutput, startAfter: string): ObjectPage {
  const objects = (answer.Contents ?? []).flatMap(({ Key, Size, ETag, LastModified }) =>
    Key === undefined || Key <= startAfter ? [] : [toInfo(Key, { ETag, LastModified, ContentLength: Size })],
  );
  const prefixes = (answer.CommonPrefixes ?? []).flatMap(({ Prefix }) =>
    Prefix === undefined || Prefix <= startAfter ? [] : [Prefix],
  );
  const last = [objects.at(-1)?.key ?? '', prefixes.at(-1) ?? ''].reduce((a, b) => (a > b ? a : b));
  return { objects, prefixes, next: answer.IsTruncated === true && last !== '' ? last : undefined };
}
