import { expect } from 'vitest';
import type { Content } from '../harness/content.js';
import { request } from '../harness/http.js';
import { pull } from '../harness/pull.js';
import type { RunningRegistry } from '../harness/start-registry.js';
import { pushBlob } from '../harness/upload.js';

const NAME = 'redirected/blobs';

export interface Redirects {
  /** Of the server: the only place that clients may be sent to. */
  readonly host: string;
  readonly content: Content;
  readonly other: Content;
  /** First byte of the content that is read by itself, and the byte behind the last one. */
  readonly range: readonly [start: number, end: number];
}

/** Where clients are sent to for a content, for its head, and for another content. */
export interface Locations {
  readonly location: URL;
  readonly forHead: URL;
  readonly elsewhere: URL;
}

/** Clients are sent to the server, and get there all of a content, a range of it and its head. */
export async function expectRedirects(
  registry: RunningRegistry,
  { host, content, other, range: [start, end] }: Redirects,
): Promise<Locations> {
  for (const each of [content, other]) await pushBlob(registry.url, NAME, each);
  const blob = (of: Content) => `${registry.url}/v2/${NAME}/blobs/${of.digest}`;

  const location = await locationOf(blob(content), 'GET');
  expect(location.host).toBe(host);
  const { digest, size: bytes } = content;
  expect(await pull(blob(content)).result).toEqual({ status: 200, contentLength: bytes, bytes, digest });
  const range = await request(location.href, { headers: { range: `bytes=${start}-${end - 1}` } });
  expect(range).toMatchObject({ status: 206, body: Buffer.concat([...content.pieces(start, end)]) });

  const forHead = await locationOf(blob(content), 'HEAD');
  const head = await request(forHead.href, { method: 'HEAD' });
  expect(head).toMatchObject({ status: 200, headers: { 'content-length': String(bytes) } });
  return { location, forHead, elsewhere: await locationOf(blob(other), 'GET') };
}

async function locationOf(url: string, method: string): Promise<URL> {
  const { status, headers } = await request(url, { method });
  expect(status).toBe(307);
  return new URL(String(headers.location));
}

/** Who changes anything in a URL gets nothing by it. */
export async function expectRefused(
  location: URL,
  statuses: readonly number[],
  changes: Readonly<Record<string, (url: URL) => void>>,
): Promise<void> {
  for (const [what, change] of Object.entries(changes)) {
    const url = new URL(location);
    change(url);
    expect(statuses, what).toContain((await request(url.href)).status);
  }
}
