import type { Listing } from './store.js';

export function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

/** Of ListObjectsV2. */
export function listing({ entries, isCut }: Listing): string {
  const items = entries.map(([name, object]) =>
    object === undefined
      ? element('CommonPrefixes', element('Prefix', escape(name)))
      : element(
          'Contents',
          element('Key', escape(name)) +
            element('LastModified', object.modified.toISOString()) +
            element('ETag', escape(object.etag)) +
            element('Size', String(object.size)),
        ),
  );
  const last = entries.at(-1)?.[0];
  const more = isCut && last !== undefined ? element('NextContinuationToken', escape(last)) : '';
  return element('ListBucketResult', element('IsTruncated', String(isCut)) + more + items.join(''));
}

/** Of ListMultipartUploads. All have begun just now. */
export function uploads(all: readonly { readonly id: string; readonly key: string }[]): string {
  const items = all.map(({ id, key }) =>
    element(
      'Upload',
      element('Key', escape(key)) + element('UploadId', id) + element('Initiated', new Date().toISOString()),
    ),
  );
  return element('ListMultipartUploadsResult', element('IsTruncated', 'false') + items.join(''));
}

/** The parts that a CompleteMultipartUpload names. */
export function completeRequest(body: string): { number: number; etag: string }[] {
  return [...body.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => ({
    number: Number(/<PartNumber>(\d+)</.exec(part)?.[1]),
    etag: unescape(/<ETag>(.*?)<\/ETag>/.exec(part)?.[1] ?? ''),
  }));
}

/** The keys that a DeleteObjects names. */
export function deleteRequest(body: string): string[] {
  return [...body.matchAll(/<Key>(.*?)<\/Key>/gs)].map(([, key = '']) => unescape(key));
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

function unescape(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#34;', '"')
    .replaceAll('&amp;', '&');
}
