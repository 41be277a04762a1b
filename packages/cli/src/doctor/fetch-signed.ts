import { Readable } from 'node:stream';
import { Finding } from './check.js';

/** More than anything that the doctor writes to be fetched. */
const MAX_BODY = 64 * 1024;

export interface Fetched {
  readonly status: number;
  /** What the header says. */
  readonly length: number | undefined;
  /** At most the first 64 KiB. */
  readonly body: Buffer;
}

/**
 * Fetches a URL whose query opens a door.
 *
 * @throws Finding that names host and cause, never the query
 */
export async function fetchSigned(url: URL, method: string, signal: AbortSignal): Promise<Fetched> {
  try {
    const response = await fetch(url, { method, signal, redirect: 'manual' });
    const length = response.headers.get('content-length');
    return {
      status: response.status,
      length: length === null ? undefined : Number(length),
      body: await readSome(response),
    };
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Finding(`${url.host} cannot be reached from this machine: ${causeOf(error)}`);
  }
}

async function readSome({ body }: Response): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  if (body !== null) {
    for await (const chunk of Readable.fromWeb(body)) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
      if (size > MAX_BODY) break;
    }
  }
  return Buffer.concat(chunks).subarray(0, MAX_BODY);
}

/** undici says "fetch failed", and the reason in the cause. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return 'unknown';
  return 'code' in cause ? String(cause.code) : cause.message;
}
