import { isStorageError } from '@outrigger/driver';
import type { Part } from '@outrigger/object-store';
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Answer, Asked } from './scripted-server.js';
import { NOTHING_LISTED, collect, isList, s3Error, startScripted } from './scripted-server.js';

const MIB = 1024 * 1024;
const md5 = (content: string) => createHash('md5').update(content).digest('hex');
const UPLOAD = { key: 'k', id: 'u1' };
const PARTS: readonly Part[] = [
  { number: 1, size: 3, tag: `"${md5('abc')}"` },
  { number: 2, size: 2, tag: `"${md5('de')}"` },
];
const WHOLE_ETAG = createHash('md5')
  .update(Buffer.from(md5('abc') + md5('de'), 'hex'))
  .digest('hex');

/** A server that lists nothing, and answers the rest as the test says. */
function serve(answer: (asked: Asked) => Answer) {
  return startScripted((asked) =>
    isList(asked) && asked.query.get('max-keys') === '1' ? NOTHING_LISTED : answer(asked),
  );
}

function lastOf(asked: readonly Asked[]): Asked {
  const last = asked.at(-1);
  if (last === undefined) throw new Error('nothing was asked');
  return last;
}

const head = (etag: string, size: number): Answer => ({
  headers: { etag: `"${etag}"`, 'content-length': String(size), 'last-modified': new Date(0).toUTCString() },
});

describe('complete', () => {
  test('an error behind the status 200 is one, and is tried again', async () => {
    let tries = 0;
    const { open, asked } = await serve(({ method }) => {
      if (method === 'HEAD') return { status: 404 };
      return { body: ++tries < 3 ? s3Error('InternalError') : '<CompleteMultipartUploadResult/>' };
    });
    const store = await open();
    await store.multipart.complete(UPLOAD, PARTS);
    expect(asked.filter(({ method }) => method === 'POST')).toHaveLength(3);
  });

  test('an error that stays behind the status 200 fails it', async () => {
    const { open } = await serve(({ method }) =>
      method === 'HEAD' ? { status: 404 } : { body: s3Error('InvalidPart') },
    );
    const store = await open();
    await expect(store.multipart.complete(UPLOAD, PARTS)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  test.each([
    ['the object is that of the parts', head(`${WHOLE_ETAG}-2`, 5), true],
    ['another object is there', head(`${md5('x')}-2`, 5), false],
    ['an object of another size is there', head(`${WHOLE_ETAG}-2`, 4), false],
    ['nothing is there', { status: 404 }, false],
  ])('an upload that is gone is done when %s', async (_, found, isDone) => {
    const { open } = await serve(({ method }) =>
      method === 'HEAD' ? found : { status: 404, body: s3Error('NoSuchUpload') },
    );
    const store = await open();
    const completed = store.multipart.complete(UPLOAD, PARTS);
    if (isDone) await completed;
    else await expect(completed).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: false });
  });

  test('with a KMS key, whose ETags say nothing, size and number of the parts decide', async () => {
    const { open } = await serve(({ method }) =>
      method === 'HEAD' ? head('0123456789abcdef-2', 5) : { status: 404, body: s3Error('NoSuchUpload') },
    );
    const store = await open({ encrypt: true, keyid: 'k1' });
    await store.multipart.complete(UPLOAD, PARTS);
  });

  test('an answer that is lost again and again is asked of the object', async () => {
    const { open } = await serve(({ method }) =>
      method === 'HEAD' ? head(`${WHOLE_ETAG}-2`, 5) : { isLost: true },
    );
    const store = await open();
    await store.multipart.complete(UPLOAD, PARTS);
  });
});

describe('copy', () => {
  test('an error behind the status 200 fails it', async () => {
    const { open } = await serve(({ method }) =>
      method === 'HEAD' ? head('e', 5) : { body: s3Error('AccessDenied') },
    );
    const store = await open();
    await expect(store.copy('a', 'b')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  test('what changes meanwhile is told', async () => {
    const { open, asked } = await serve(({ method }) =>
      method === 'HEAD' ? head('e', 5) : { status: 412, body: s3Error('PreconditionFailed') },
    );
    const store = await open({ rootdirectory: 'r' });
    await expect(store.copy('r/ä', 'b')).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect(asked.at(-1)?.headers).toMatchObject({
      'x-amz-copy-source': 'b-1/r/%C3%A4',
      'x-amz-copy-source-if-match': '"e"',
    });
  });

  test('a store that copies into no part says so, and its caller sends the bytes', async () => {
    const { open } = await serve(() => ({ status: 501, body: s3Error('NotImplemented') }));
    const store = await open();
    const copying = store.multipart.copyPart?.(UPLOAD, 1, { key: 'a', size: 5 });
    await expect(copying).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });

  test('a big object is copied in parts, and what fails gives them back', async () => {
    const { open, asked } = await serve(({ method, query }) => {
      if (method === 'HEAD') return head('e', 12 * MIB);
      if (query.has('uploads'))
        return {
          body: '<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>',
        };
      if (query.get('partNumber') === '3') return { status: 403, body: s3Error('AccessDenied') };
      return { body: '<CopyPartResult><ETag>"x"</ETag></CopyPartResult>' };
    });
    const store = await open({ multipartcopythresholdsize: 0, multipartcopychunksize: 5 * MIB });
    await expect(store.copy('a', 'b')).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: false });
    const ranges = asked.map(({ headers }) => headers['x-amz-copy-source-range']).filter(Boolean);
    expect(ranges.sort()).toEqual(['bytes=0-5242879', 'bytes=10485760-12582911', 'bytes=5242880-10485759']);
    expect(asked.at(-1)).toMatchObject({ method: 'DELETE', key: 'b' });
  });
});

describe('delete', () => {
  test('what single keys failed with is raised', async () => {
    const errors = '<Error><Key>a</Key><Code>AccessDenied</Code><Message>no</Message></Error>';
    const { open, asked } = await serve(() => ({ body: `<DeleteResult>${errors}</DeleteResult>` }));
    const store = await open();
    await expect(store.delete(['a', 'b'])).rejects.toThrow('s3:DeleteObject is missing');
    const { headers, body } = lastOf(asked);
    expect(headers['content-md5']).toBe(createHash('md5').update(body).digest('base64'));
    expect(Object.keys(headers).filter((name) => name.startsWith('x-amz-checksum'))).toEqual([]);
  });

  test('keys that the store was too busy for are tried again, and only they', async () => {
    let tries = 0;
    const { open, asked } = await serve(() => ({
      body:
        ++tries === 1
          ? '<DeleteResult><Error><Key>a</Key><Code>SlowDown</Code></Error></DeleteResult>'
          : '<DeleteResult/>',
    }));
    const store = await open();
    await store.delete(['a', 'b']);
    expect(asked.at(-1)?.body).toMatch(/<Key>a<\/Key>/);
    expect(asked.at(-1)?.body).not.toMatch(/<Key>b<\/Key>/);
  });

  test('a store without batches gets single requests', async () => {
    const { open, asked } = await serve(({ method }) =>
      method === 'POST' ? { status: 501, body: s3Error('NotImplemented') } : { status: 204 },
    );
    const store = await open();
    await store.delete(['a', 'b']);
    await store.delete(['c', 'd']);
    expect(asked.filter(({ method }) => method === 'POST')).toHaveLength(1);
    const deleted = asked.filter(({ method }) => method === 'DELETE').map(({ key }) => key);
    expect(deleted.sort()).toEqual(['a', 'b', 'c', 'd']);
  });
});

test('what is written has the headers that the parameters ask for', async () => {
  const { open, asked } = await serve(() => ({ headers: { etag: '"e"' } }));
  const store = await open({
    encrypt: true,
    keyid: 'k1',
    storageclass: 'STANDARD_IA',
    objectacl: 'public-read',
    useragent: 'me/1',
  });
  await store.put('a', Buffer.from('x'));
  expect(asked.at(-1)?.headers).toMatchObject({
    'content-type': 'application/octet-stream',
    'x-amz-server-side-encryption': 'aws:kms',
    'x-amz-server-side-encryption-aws-kms-key-id': 'k1',
    'x-amz-storage-class': 'STANDARD_IA',
    'x-amz-acl': 'public-read',
    'user-agent': expect.stringMatching(/ me\/1$/) as string,
  });
  expect(Object.keys(lastOf(asked).headers).filter((name) => /checksum|expect/.test(name))).toEqual([]);
});

test('an upload that needs more than 10,000 parts is refused before its first byte', async () => {
  const { open, asked } = await serve(() => ({}));
  const store = await open({ chunksize: 5 * MIB });
  await expect(store.multipart.begin('k', 50_000 * MIB + 1)).rejects.toMatchObject({
    code: 'QUOTA_EXCEEDED',
    message: expect.stringContaining('chunksize') as string,
  });
  await expect(store.multipart.uploadPart(UPLOAD, 10_001, Buffer.alloc(1))).rejects.toMatchObject({
    code: 'QUOTA_EXCEEDED',
  });
  expect(asked).toHaveLength(1);
});

test('a listing says no more of a time than a header can', async () => {
  const content =
    '<Contents><Key>r/a</Key><Size>3</Size><LastModified>2026-01-01T00:00:07.999Z</LastModified></Contents>';
  const { open } = await startScripted(() => ({ body: `<ListBucketResult>${content}</ListBucketResult>` }));
  const store = await open();
  const { objects } = await store.list({ prefix: 'r/', isShallow: false, startAfter: undefined, limit: 10 });
  expect(objects).toMatchObject([{ key: 'r/a', modTime: new Date('2026-01-01T00:00:07Z') }]);
});

test('abandoned uploads are found on all pages, and only those below the prefix', async () => {
  const page = (keys: string[], next?: string) =>
    `<ListMultipartUploadsResult>${keys.map((key) => `<Upload><Key>${key}</Key><UploadId>u</UploadId><Initiated>2026-01-01T00:00:00Z</Initiated></Upload>`).join('')}${next === undefined ? '' : `<IsTruncated>true</IsTruncated><NextKeyMarker>${next}</NextKeyMarker>`}</ListMultipartUploadsResult>`;
  const { open } = await serve(({ query }) => ({
    body: query.get('key-marker') === null ? page(['r/a', 'x'], 'x') : page(['r/b']),
  }));
  const store = await open();
  const find = async (before: Date) =>
    (await collect(store.multipart.findAbandoned('r/', before))).map(({ key }) => key);
  expect(await find(new Date('2026-01-02'))).toEqual(['r/a', 'r/b']);
  expect(await find(new Date('2025-12-31'))).toEqual([]);
});

test('in a whole bucket only uploads of registries are looked for', async () => {
  const { open, asked } = await serve(() => ({ body: '<ListMultipartUploadsResult/>' }));
  const store = await open();
  expect(await collect(store.multipart.findAbandoned('', new Date()))).toEqual([]);
  expect(lastOf(asked).query.get('prefix')).toBe('docker/registry/');
});

test('a body that breaks is an error, not an end', async () => {
  const { open } = await serve(() => ({
    headers: { 'content-length': '100', connection: 'close' },
    body: 'short',
  }));
  const store = await open();
  const opened = await store.read('a', { offset: 0, length: undefined, ifMatch: undefined });
  if (opened === undefined) throw new Error('nothing was opened');
  await expect(collect(opened.body)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
});

test('why a HEAD is refused is asked with a GET', async () => {
  const { open } = await serve(({ method }) => ({
    status: 403,
    body: method === 'HEAD' ? '' : s3Error('InvalidAccessKeyId'),
  }));
  const store = await open();
  await expect(store.head('a')).rejects.toThrow('the store does not know this access key');
});

test('errors hold nothing of the request', async () => {
  const secrets = '<StringToSign>GET s3cret</StringToSign><SignatureProvided>s3cret</SignatureProvided>';
  const { open } = await serve(() => ({ status: 403, body: s3Error('SignatureDoesNotMatch', secrets) }));
  const store = await open();
  const error: unknown = await store.put('a', Buffer.from('x')).catch((thrown: unknown) => thrown);
  if (!isStorageError(error) || !(error.cause instanceof Error)) throw error;
  expect(error).toMatchObject({ code: 'UNAVAILABLE', retryable: false });
  expect(Object.keys(error.cause)).toEqual([]);
  expect(JSON.stringify(error) + error.cause.message).not.toContain('s3cret');
});

describe('redirect', () => {
  const request = (method: string) => ({ method });

  test('is signed for the host of redirectendpoint', async () => {
    const { open, url } = await serve(() => ({}));
    const store = await open({ redirectendpoint: 'https://public.example:8443' });
    const got = await store.redirect?.('r/a', request('GET'));
    const inside = new URL(url);
    const { host, pathname, protocol, searchParams } = new URL(got?.url ?? '');
    expect([protocol, host, pathname]).toEqual(['https:', 'public.example:8443', '/b-1/r/a']);
    expect(got?.url).not.toContain(inside.host);
    expect(searchParams.get('X-Amz-Expires')).toBe('1200');
    expect(searchParams.get('X-Amz-SignedHeaders')).toBe('host');
  });

  test('GET and HEAD are signed apart, others not at all', async () => {
    const { open, url } = await serve(() => ({}));
    const store = await open();
    const get = await store.redirect?.('a', request('GET'));
    const head = await store.redirect?.('a', request('HEAD'));
    expect(get?.url.startsWith(`${url}/b-1/a?`)).toBe(true);
    expect(get?.url).not.toBe(head?.url);
    expect(await store.redirect?.('a', request('PUT'))).toBeNull();
  });
});

test('a signal ends a request', async () => {
  const stop = new AbortController();
  const { open } = await serve(() => {
    stop.abort();
    return { status: 503, headers: { 'retry-after': '20' }, body: s3Error('SlowDown') };
  });
  const store = await open();
  await expect(store.head('a', { signal: stop.signal })).rejects.toMatchObject({ code: 'CANCELLED' });
});

test('a store that answers other bytes than were asked for is refused', async () => {
  const whole: Answer = { headers: { etag: '"e"', 'content-length': '5' }, body: 'abcde' };
  const behind: Answer = {
    ...whole,
    status: 206,
    headers: { etag: '"e"', 'content-length': '2', 'content-range': 'bytes 3-4/5' },
    body: 'de',
  };
  const answers = [whole, behind];
  const { open } = await serve(() => answers.shift() ?? {});
  const store = await open();
  for (const offset of [2, 2])
    await expect(store.read('a', { offset, length: undefined, ifMatch: undefined })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
});

test('readers that nobody reads from hold no other request up', async () => {
  const { open } = await serve(({ method }) =>
    method === 'HEAD'
      ? head('e', 5)
      : { headers: { etag: '"e"', 'content-length': '100' }, body: 'a', isOpen: true },
  );
  const store = await open();
  const request = { offset: 0, length: undefined, ifMatch: undefined };
  const bodies = await Promise.all(Array.from({ length: 300 }, () => store.read('a', request)));
  expect(bodies).toHaveLength(300);
  expect(await store.head('a')).toMatchObject({ size: 5 });
});
