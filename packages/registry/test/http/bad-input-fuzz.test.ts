import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TestRegistry } from '../registry-fixture.js';
import {
  OCI_INDEX,
  OCI_MANIFEST,
  digestOf,
  makeImage,
  pushBlob,
  pushImage,
  sendRaw,
  startRegistry,
  startUpload,
} from '../registry-fixture.js';

/** Of the specification (distribution-spec, "Error Codes"): no others come with a 4xx, but for the catalog, which is Docker's. */
const CODES = new Set([
  'BLOB_UNKNOWN',
  'BLOB_UPLOAD_INVALID',
  'BLOB_UPLOAD_UNKNOWN',
  'DIGEST_INVALID',
  'MANIFEST_BLOB_UNKNOWN',
  'MANIFEST_INVALID',
  'MANIFEST_UNKNOWN',
  'NAME_INVALID',
  'NAME_UNKNOWN',
  'SIZE_INVALID',
  'UNAUTHORIZED',
  'DENIED',
  'UNSUPPORTED',
  'TOOMANYREQUESTS',
]);

interface Attempt {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly string[];
  readonly body: Buffer;
  readonly isChunked: boolean;
}

/** What a store holds already makes the attempts reach further. */
interface Known {
  readonly digests: readonly string[];
  readonly upload: string;
  readonly manifest: Buffer;
}

const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY', 'PROPFIND'];

const hostileText = fc.oneof(
  fc.constantFrom(
    '..',
    '%2e%2e',
    '%00',
    '%',
    '%ff',
    '%2F',
    '_uploads',
    '__proto__',
    'constructor',
    '',
    '.',
    '~',
    '\u00e9',
  ),
  fc.string({ maxLength: 12 }).map((text) => encodeURIComponent(text)),
  fc.integer({ min: 1, max: 9000 }).map((length) => 'a-'.repeat(length / 2)),
);

function digests({ digests: known }: Known): fc.Arbitrary<string> {
  const hex = '0123456789abcdef'.repeat(4);
  const odd = [
    'md5:00',
    'sha256:',
    `sha256:${hex.slice(1)}`,
    `sha512:${hex}`,
    `sha256:${hex.toUpperCase()}`,
    ':',
    'sha256:../../x',
  ];
  return fc.oneof(
    fc.constantFrom(...known, `sha256:${hex}`, `sha512:${hex}${hex}`),
    fc.constantFrom(...odd),
    hostileText,
  );
}

function paths(known: Known): fc.Arbitrary<string> {
  const name = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('a', 'b', 'a/b') },
    { weight: 1, arbitrary: hostileText },
  );
  const digest = digests(known);
  const tag = fc.oneof(fc.constantFrom('v1', 'v2', 'index'), hostileText);
  const tail = fc.oneof(
    fc.oneof(tag, digest).map((reference) => `manifests/${reference}`),
    digest.map((each) => `blobs/${each}`),
    digest.map((each) => `referrers/${each}`),
    fc.constantFrom('blobs/uploads/', 'blobs/uploads', 'tags/list', known.upload, 'tags', ''),
    hostileText.map((id) => `blobs/uploads/${id}`),
  );
  return fc.oneof(
    { weight: 12, arbitrary: fc.tuple(name, tail).map(([each, rest]) => `/v2/${each}/${rest}`) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('/v2/', '/v2', '/', '/v2/_catalog', '*', '//v2/', 'http://x/v2/'),
    },
    { weight: 1, arbitrary: hostileText.map((text) => `/${text}`) },
  );
}

function queries(known: Known): fc.Arbitrary<string> {
  const value = fc.oneof(
    digests(known),
    fc.constantFrom('-1', '0', '9223372036854775808', '1e400', 'NaN', 'a', '../a', 'application/x'),
    hostileText,
  );
  const key = fc.constantFrom(
    'digest',
    'mount',
    'from',
    'n',
    'last',
    'tag',
    '_state',
    'digest-algorithm',
    'artifactType',
    '__proto__',
  );
  const pair = fc.tuple(key, value).map(([name, text]) => `${name}=${text}`);
  return fc.array(pair, { maxLength: 3 }).map((pairs) => pairs.join('&'));
}

function headers(known: Known): fc.Arbitrary<string> {
  const range = fc.constantFrom(
    '0-4',
    '5-9',
    '-1',
    '9-0',
    'bytes 0-9/10',
    '0-9223372036854775807',
    'bytes=0-',
    'bytes=5-2',
    'bytes=-1',
    `bytes=${'0-1,'.repeat(900)}2-3`,
  );
  return fc.oneof(
    range.map((each) => `Content-Range: ${each}`),
    range.map((each) => `Range: ${each}`),
    fc
      .constantFrom(OCI_MANIFEST, OCI_INDEX, 'text/plain', '', ';', `${OCI_MANIFEST}; x="`)
      .map((type) => `Content-Type: ${type}`),
    fc.constantFrom('gzip', 'identity', 'deflate, br').map((each) => `Content-Encoding: ${each}`),
    digests(known).map((each) => `If-None-Match: "${each.slice(0, 200)}"`),
    fc.constantFrom('text/html', '*/*', '', 'q=;').map((accept) => `Accept: ${accept}`),
    fc
      .constantFrom('for=x;proto=javascript', 'host="evil\\"', 'host=', '')
      .map((each) => `Forwarded: ${each}`),
    fc.constant('Expect: 100-continue'),
    fc.constant(`X-Long: ${'x'.repeat(20_000)}`),
  );
}

function bodies(known: Known): fc.Arbitrary<Buffer> {
  const text = known.manifest.toString();
  const json = fc.json({ maxDepth: 4 }).map((value) => Buffer.from(value));
  const bent = fc
    .tuple(fc.nat(text.length - 1), fc.constantFrom('"', '{', '[', '-1', '1e400', '\u0000', '__proto__', ''))
    .map(([at, piece]) => Buffer.from(text.slice(0, at) + piece + text.slice(at + 1)));
  const raw = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
  const deep = fc.constantFrom('['.repeat(100_000), '{"a":'.repeat(50_000)).map((each) => Buffer.from(each));
  return fc.oneof(fc.constant(Buffer.alloc(0)), fc.constant(known.manifest), json, bent, raw, {
    weight: 1,
    arbitrary: deep,
  });
}

function attempts(known: Known): fc.Arbitrary<Attempt> {
  return fc.record({
    method: fc.constantFrom(...METHODS),
    target: fc
      .tuple(paths(known), queries(known))
      .map(([path, query]) => (query === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${query}`)),
    headers: fc.array(headers(known), { maxLength: 3 }),
    body: bodies(known),
    isChunked: fc.boolean(),
  });
}

test(
  'no request gets a 5xx, an answer without its code, or no answer; nothing is left of it in the process',
  { timeout: 120_000 },
  async () => {
    const registry = await startRegistry();
    const known = await prepare(registry);
    await fc.assert(
      fc.asyncProperty(attempts(known), async (attempt) => {
        check(attempt, await send(registry, attempt));
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
      { numRuns: process.env.OUTRIGGER_TEST === 'full' ? 20_000 : 1500, interruptAfterTimeLimit: 50_000 },
    );
    expect(registry.lines.filter((line) => line.startsWith('error'))).toEqual([]);
    expect((await registry.call('GET', '')).status).toBe(200);
  },
);

async function prepare(registry: TestRegistry): Promise<Known> {
  const blob = await pushBlob(registry, 'a', Buffer.from('hello'));
  const { digest } = await pushImage(registry, 'a', 'v1');
  const manifest = await makeImage(registry, 'a', { subject: { mediaType: OCI_MANIFEST, digest, size: 1 } });
  const { pathname, search } = new URL(await startUpload(registry, 'a'));
  return {
    digests: [blob, digest, digestOf(manifest)],
    upload: `${pathname.slice('/v2/a/'.length)}${search}`,
    manifest,
  };
}

/** Node's client refuses what is hostile, and so does any other. */
function send(
  { port }: TestRegistry,
  { method, target, headers: fields, body, isChunked }: Attempt,
): Promise<string> {
  const framing = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`;
  const head = [
    `${method} ${target} HTTP/1.1`,
    'Host: x',
    'Connection: close',
    framing,
    ...fields,
    '',
    '',
  ].join('\r\n');
  const end = Buffer.from('0\r\n\r\n');
  const piece = Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')]);
  const content = isChunked ? Buffer.concat(body.length === 0 ? [end] : [piece, end]) : body;
  return sendRaw(port, Buffer.concat([Buffer.from(head, 'latin1'), content]));
}

function check({ method, target }: Attempt, answer: string): void {
  const [head = '', body = ''] = answer
    .replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '')
    .split(/\r\n\r\n(.*)/s);
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);
  expect(status, answer).toBeGreaterThanOrEqual(200);
  expect(status, answer).toBeLessThan(500);
  // Node's own refusals, of what is no HTTP, have no body.
  if (status < 400 || method === 'HEAD' || !head.includes('application/json')) {
    if (status >= 400 && body !== '') throw new Error(`not an error of the specification: ${answer}`);
    return;
  }
  const { errors } = JSON.parse(unchunk(head, body)) as { errors: { code: string; message: string }[] };
  const code = errors[0]?.code ?? '';
  const isDocker = target.includes('_catalog') && code === 'PAGINATION_NUMBER_INVALID';
  expect(errors).toHaveLength(1);
  expect(isDocker || CODES.has(code), answer).toBe(true);
}

function unchunk(head: string, body: string): string {
  return /transfer-encoding: chunked/i.test(head) ? (/\r\n(.*)\r\n0\r\n/s.exec(body)?.[1] ?? '') : body;
}
