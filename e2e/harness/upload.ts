import { Agent, request as httpRequest } from 'node:http';
import { once } from 'node:events';
import type { ClientRequest } from 'node:http';
import type { Content } from './content.js';
import type { Answer } from './http.js';
import { request } from './http.js';

/** An upload as its client knows it: where to go on, and from which byte. */
export interface Upload {
  readonly location: string;
  readonly offset: number;
}

/** Begins an upload. */
export async function beginUpload(url: string, name: string): Promise<Upload> {
  return toUpload(
    url,
    await expectStatus(202, request(`${url}/v2/${name}/blobs/uploads/`, { method: 'POST' })),
  );
}

/** Asks how much of an upload the registry has. */
export async function askStatus(url: string, { location }: Upload): Promise<Upload> {
  return toUpload(url, await expectStatus(204, request(location)));
}

/** What an answer to a part of an upload says. */
export function toUpload(url: string, { headers }: Pick<Answer, 'headers'>): Upload {
  const { location = '', range = '' } = headers;
  const last = Number(/^0-(\d+)$/.exec(range)?.[1]);
  if (Number.isNaN(last)) throw new Error(`not the range of an upload: ${range}`);
  // `0-0` stands for nothing and for one byte; these tests never leave one byte.
  return { location: new URL(location, url).href, offset: last === 0 ? 0 : last + 1 };
}

export interface SendOptions {
  /** First byte of the content that is sent. Default: where the upload is. */
  readonly from?: number;
  /** The byte behind the last one. Default: all. */
  readonly to?: number;
  /** Called when so many bytes of this request have been handed over; the rest is sent when its promise resolves. */
  readonly pauseAfter?: number;
  readonly onPause?: () => Promise<void> | void;
}

/** PATCH with a part of the content. */
export function sendChunk(upload: Upload, content: Content, options: SendOptions = {}): Promise<Answer> {
  const { from = upload.offset, to = content.size } = options;
  const headers = { 'content-range': `${from}-${to - 1}` };
  return sendContent('PATCH', upload.location, headers, content, { ...options, from, to });
}

/** PUT, which ends the upload, with the rest of the content. */
export function finishUpload(upload: Upload, content: Content, options: SendOptions = {}): Promise<Answer> {
  const { from = upload.offset, to = content.size } = options;
  const location = new URL(upload.location);
  location.searchParams.set('digest', content.digest);
  const headers: Record<string, string> = from === to ? {} : { 'content-range': `${from}-${to - 1}` };
  return sendContent('PUT', location.href, headers, content, { ...options, from, to });
}

/** A whole blob in the two requests that most clients use. */
export async function pushBlob(url: string, name: string, content: Content): Promise<void> {
  await expectStatus(201, finishUpload(await beginUpload(url, name), content));
}

/** The same with the bytes in a PATCH, as docker does it. */
export async function pushChunked(url: string, name: string, content: Content): Promise<void> {
  const begun = await beginUpload(url, name);
  const sent = toUpload(url, await expectStatus(202, sendChunk(begun, content)));
  await expectStatus(201, finishUpload(sent, content));
}

/** The same upload as another registry on the same store knows it. */
export function uploadAt(url: string, { location, offset }: Upload): Upload {
  const { pathname, search } = new URL(location);
  return { location: url + pathname + search, offset };
}

export async function expectStatus(status: number, answering: Promise<Answer>): Promise<Answer> {
  const answer = await answering;
  if (answer.status !== status)
    throw new Error(`status ${answer.status} instead of ${status}: ${answer.body.toString().slice(0, 500)}`);
  return answer;
}

/** Sends with backpressure, and stops sending as soon as there is an answer. */
async function sendContent(
  method: string,
  url: string,
  headers: Readonly<Record<string, string>>,
  content: Content,
  { from = 0, to = content.size, pauseAfter = Infinity, onPause }: SendOptions,
): Promise<Answer> {
  const length = { 'content-length': String(to - from), 'content-type': 'application/octet-stream' };
  // Kept alive, as real clients do it: a server closes the connection after its answer otherwise, read or not.
  const agent = new Agent({ keepAlive: true });
  const req = httpRequest(url, { method, agent, headers: { ...length, ...headers } });
  const answer = receive(req);
  const over = new AbortController();
  const stop = () => {
    over.abort();
  };
  answer.then(stop, stop);
  const pauseAt = Math.min(to, from + pauseAfter);
  try {
    await send(req, content.pieces(from, pauseAt), over.signal);
    if (pauseAfter <= to - from) await onPause?.();
    await send(req, content.pieces(pauseAt, to), over.signal);
  } catch (error) {
    req.destroy();
    await answer.catch(() => undefined);
    throw error;
  }
  if (!over.signal.aborted) req.end();
  return answer;
}

async function send(req: ClientRequest, pieces: Iterable<Buffer>, over: AbortSignal): Promise<void> {
  for (const piece of pieces) {
    if (over.aborted) return;
    const isRoom = req.write(piece);
    if (!isRoom) await once(req, 'drain', { signal: over }).catch(() => undefined);
  }
}

/** Also when the answer comes before the end of what is sent. */
function receive(req: ClientRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    req.on('error', reject);
    req.on('response', (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('error', reject);
      res.on('end', () => {
        resolve({ status: res.statusCode ?? 0, headers: res.headers, body: Buffer.concat(chunks) });
        req.destroy();
      });
    });
  });
}
