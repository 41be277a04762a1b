import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Content } from '../../harness/content.js';
import { createContent } from '../../harness/content.js';
import type { Fault, FaultProxy, S3Call } from '../../harness/fault-proxy.js';
import { s3Error } from '../../harness/fault-proxy.js';
import { request } from '../../harness/http.js';
import { createImages } from '../../harness/images.js';
import { pull } from '../../harness/pull.js';
import { pushImages, tagDigest } from '../../harness/push-images.js';
import { KIB, MIB } from '../../harness/scale.js';
import type { RunningRegistry } from '../../harness/start-registry.js';
import { pushBlob, pushChunked } from '../../harness/upload.js';
import { findTool } from '../../harness/tool.js';
import type { BehindProxy } from './behind-proxy.js';
import { startBehindProxy } from './behind-proxy.js';
import { PART } from './s3-registry.js';

const NAME = 'lies/told';

/** The answer of a server that began it with `200 OK` before it knew the end. */
const FAILED_200 = { status: 200, body: s3Error('InternalError') } as const;

const isComplete = ({ method, query }: S3Call) => method === 'POST' && query.has('uploadId');
const isRead = ({ method, key }: S3Call) => method === 'GET' && key.endsWith('/data');
const isCopy = ({ headers }: S3Call) => 'x-amz-copy-source' in headers;

/** Contents that need the call: in parts, copied by one request, copied in parts. */
const CALLS = {
  CompleteMultipartUpload: { isMeant: isComplete, size: PART + KIB, push: pushBlob },
  CopyObject: { isMeant: isCopy, size: 2 * MIB, push: pushChunked },
  UploadPartCopy: { isMeant: isCopy, size: 2 * PART + KIB, push: pushChunked },
} as const;

const COPY_IN_PARTS = { multipartcopythresholdsize: PART, multipartcopychunksize: PART };

const versitygw = findTool('versitygw');

describe.skipIf(typeof versitygw !== 'string')('what S3 says, and is not so:', () => {
  let behind: BehindProxy;
  let registry: RunningRegistry;
  let proxy: FaultProxy;

  beforeAll(async () => {
    behind = await startBehindProxy(typeof versitygw === 'string' ? versitygw : '', COPY_IN_PARTS);
    ({ registry, proxy } = behind);
  });
  afterEach(() => {
    proxy.decide(() => undefined);
  });
  afterAll(() => behind.stop());

  test.for(Object.entries(CALLS))(
    '200 with an error in it, to %s: it is done again, or the push fails',
    async ([call, { isMeant, size, push }]) => {
      const once = createContent(`${call} once`, size);
      decideFor(proxy, isMeant, ['answer', 'answer']);
      await push(registry.url, NAME, once);
      expect(proxy.calls.filter(isMeant).length).toBeGreaterThanOrEqual(3);
      await expectWhole(registry, once);

      const always = createContent(`${call} always`, size);
      proxy.decide((asked) => (isMeant(asked) ? { kind: 'answer', ...FAILED_200 } : undefined));
      await expect(push(registry.url, NAME, always)).rejects.toThrow('status 503');
      expect((await request(blobUrl(registry, always), { method: 'HEAD' })).status).toBe(404);
      proxy.decide(() => undefined);
      await push(registry.url, NAME, always);
      await expectWhole(registry, always);
    },
  );

  test.for([
    ['200 with an error in it', FAILED_200],
    ['500', { status: 500, body: s3Error('InternalError') }],
  ] as const)('%s, to what the server has done: the object itself decides', async ([, lie]) => {
    const content = createContent(`done all the same, ${lie.status}`, PART + KIB);
    proxy.decide((call) => (isComplete(call) ? { kind: 'replace', ...lie } : undefined));
    await pushBlob(registry.url, NAME, content);
    proxy.decide(() => undefined);
    await expectWhole(registry, content);
  });

  test('a body that ends before the bytes that it announced is asked for again from there', async () => {
    const content = createContent('cut', 12 * MIB);
    await pushBlob(registry.url, NAME, content);
    for (const bytes of [0, 1, 64 * KIB, 6 * MIB, content.size - 1]) {
      const faults: Fault[] = [{ kind: 'cut', bytes }];
      proxy.decide((call) => (isRead(call) ? faults.shift() : undefined));
      const before = proxy.calls.length;
      await expectWhole(registry, content);
      const [first, second, ...more] = proxy.calls.slice(before).filter(isRead).map(firstByte);
      expect({ first, more, faults }).toEqual({ first: 0, more: [], faults: [] });
      // What was still on its way when the connection broke is lost.
      expect(second).toBeLessThanOrEqual(bytes);
      expect(second).toBeGreaterThanOrEqual(Math.min(bytes, Math.max(0, bytes - MIB)));
    }
  });

  test('a listing that knows nothing of what was written decides nothing', async () => {
    const empty =
      '<ListBucketResult><IsTruncated>false</IsTruncated><KeyCount>0</KeyCount></ListBucketResult>';
    const isList = ({ key, query }: S3Call) => key === '' && query.has('list-type');
    proxy.decide((call) => (isList(call) ? { kind: 'answer', status: 200, body: empty } : undefined));
    const images = createImages();
    await pushImages(registry, NAME, images);
    const content = createContent('not listed', PART + KIB);
    await pushChunked(registry.url, NAME, content);
    await expectWhole(registry, content);
    expect(await tagDigest(registry, NAME, 'multi')).toBe(images.index.digest);
    expect(await tagDigest(registry, NAME, images.amd64.manifest.digest)).toBe(images.amd64.manifest.digest);
  });
});

/** The first of the meant calls have these faults, the others none. */
function decideFor(
  proxy: FaultProxy,
  isMeant: (call: S3Call) => boolean,
  faults: readonly ('answer' | 'replace')[],
) {
  const left = [...faults];
  proxy.decide((call): Fault | undefined => {
    const kind = isMeant(call) ? left.shift() : undefined;
    return kind === undefined ? undefined : { kind, ...FAILED_200 };
  });
}

async function expectWhole(registry: RunningRegistry, content: Content): Promise<void> {
  const pulled = await pull(blobUrl(registry, content)).result;
  expect(pulled).toMatchObject({ status: 200, bytes: content.size, digest: content.digest });
}

function blobUrl({ url }: RunningRegistry, { digest }: Content): string {
  return `${url}/v2/${NAME}/blobs/${digest}`;
}

function firstByte({ headers: { range = 'bytes=0-' } }: S3Call): number {
  return Number(/^bytes=(\d+)-/.exec(range)?.[1]);
}
