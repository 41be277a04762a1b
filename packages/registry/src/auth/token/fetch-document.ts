import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';

export interface FetchOptions {
  /** Certificates to trust instead of the system's, in PEM. */
  readonly ca?: string | undefined;
  /** Default: 5 s. */
  readonly timeoutMs?: number | undefined;
}

const TIMEOUT_MS = 5000;
const MAX_BYTES = 256 * 1024;

/**
 * Gets a small document. No redirect is followed: whoever answers for the configured host could send the request
 * anywhere else.
 *
 * @param url - https
 * @throws Error when the answer is not 200, is larger than 256 KiB, or takes too long
 */
export async function fetchDocument(url: string, options: FetchOptions): Promise<string> {
  const { ca, timeoutMs = TIMEOUT_MS } = options;
  const signal = AbortSignal.timeout(timeoutMs);
  const response = await request(url, { ca, signal });
  try {
    if (response.statusCode !== 200) throw new Error(`the answer is ${response.statusCode}, not 200`);
    const parts: Buffer[] = [];
    let size = 0;
    for await (const part of response as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > MAX_BYTES) throw new Error(`the answer is larger than ${MAX_BYTES} bytes`);
      parts.push(part);
    }
    return Buffer.concat(parts).toString('utf8');
  } finally {
    response.destroy();
  }
}

async function request(
  url: string,
  options: { ca: string | undefined; signal: AbortSignal },
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // A connection of its own: keys are fetched rarely.
    get(url, { ...options, agent: false, headers: { accept: 'application/json' } }, resolve).once(
      'error',
      reject,
    );
  });
}
