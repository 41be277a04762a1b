import type { IncomingMessage } from 'node:http';
import type { Body } from '../content/body.js';
import { RegistryError } from '../registry-error.js';
import type { Call } from './call.js';
import { HttpError } from './errors.js';
import { createPace } from './pace.js';
import { pourStream } from './pour-stream.js';

/**
 * The body of a request, as it comes. Leaving it early does not break the connection: there is an answer to send.
 * A client that sends next to nothing is cut off.
 *
 * @throws HttpError 415 for an encoded body, which is never decoded; 413 for a length that no number can hold exactly
 */
export function requestBody({ req, service }: Call): Body {
  const encoding = req.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new HttpError(415, 'UNSUPPORTED', 'a request body must not be encoded');
  }
  const declared = req.headers['content-length'];
  const isEmpty = declared === undefined && req.headers['transfer-encoding'] === undefined;
  // The parser has checked that it is a number.
  const length = isEmpty ? 0 : declared === undefined ? undefined : Number(declared);
  if (length !== undefined && !Number.isSafeInteger(length)) {
    throw new HttpError(413, 'SIZE_INVALID', 'the Content-Length is larger than any content');
  }
  const cut = (): void => void req.destroy(new Error('the client is too slow'));
  return { length, pour: (take) => pourStream(req, createPace(service.settings.patienceMs, cut), take) };
}

/**
 * The whole of a body, up to `limit` bytes.
 *
 * @throws RegistryError MANIFEST_TOO_LARGE as soon as it is too large, before any of it is read where it says so
 */
export async function readWhole(body: Body, limit: number): Promise<Buffer> {
  if (body.length !== undefined && body.length > limit) throw tooLarge(limit);
  const chunks: Uint8Array[] = [];
  let total = 0;
  try {
    await body.pour((chunk) => {
      total += chunk.length;
      if (total > limit) throw tooLarge(limit);
      chunks.push(chunk);
      return undefined;
    });
  } catch (error) {
    if (error instanceof RegistryError) throw error;
    throw new RegistryError('SIZE_INVALID', `the body broke off after ${total} bytes`);
  }
  return Buffer.concat(chunks, total);
}

function tooLarge(limit: number): RegistryError {
  return new RegistryError('MANIFEST_TOO_LARGE', `a manifest has at most ${limit} bytes`, { limit });
}

/**
 * Takes and drops what is left of a body after its answer, so that the client gets to read the answer; a client that
 * sends on and on is cut off.
 *
 * @param patienceMs - for how long
 */
export function drainBody(req: IncomingMessage, patienceMs: number): void {
  if (req.complete || req.destroyed) return;
  // A request that was answered is not told when its connection goes: nobody waits for this one, least of all the end of the process.
  const timer = setTimeout(() => req.destroy(), patienceMs).unref();
  req.once('close', () => clearTimeout(timer));
  req.once('error', () => undefined);
  req.resume();
}
