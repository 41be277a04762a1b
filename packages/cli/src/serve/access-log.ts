import type { IncomingMessage, ServerResponse } from 'node:http';
import { cleanText } from '@outrigger/host';
import type { Logger } from '@outrigger/registry';
import { requestId, requestUser } from '@outrigger/registry';
import type { Config } from '../config/config.js';
import { createLineWriter } from '../log/line-writer.js';
import { StreamResponse } from './http2-messages.js';

/** Writes one line for a request when its answer has ended, and tells the client the id of its request. */
export interface AccessLog {
  (req: IncomingMessage, res: ServerResponse): void;
  readonly flush: () => void;
}

const MAX_TEXT = 512;

/**
 * As Distribution's: with the text formatter in the combined form of web servers, on stdout; otherwise a line of the log with
 * its facts as fields.
 */
export function createAccessLog(log: Logger, { formatter }: Pick<Config['log'], 'formatter'>): AccessLog {
  if (formatter !== 'text') {
    return withWriter(
      (facts) => log.info(toFields(facts), 'request'),
      () => undefined,
    );
  }
  const stdout = createLineWriter(1);
  return withWriter((facts) => stdout.write(toCombined(facts)), stdout.flush);
}

interface Facts {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly id: string;
  readonly remote: string | undefined;
  readonly bytes: number;
  readonly ms: number;
}

function withWriter(write: (facts: Facts) => void, flush: () => void): AccessLog {
  const onRequest = (req: IncomingMessage, res: ServerResponse) => {
    const start = performance.now();
    // Gone when the connection is.
    const { socket } = req;
    const { remoteAddress: remote } = socket;
    const count: { readonly bytesWritten: number } = res instanceof StreamResponse ? res : socket;
    const sentBefore = count.bytesWritten;
    const id = requestId(req);
    res.setHeader('X-Request-Id', id);
    res.once('close', () => {
      const bytes = count.bytesWritten - sentBefore;
      write({ req, res, id, remote, bytes, ms: performance.now() - start });
    });
  };
  return Object.assign(onRequest, { flush });
}

function toFields({ req, res, id, remote, bytes, ms }: Facts): Record<string, unknown> {
  return {
    id,
    method: req.method,
    path: (req.url ?? '').split('?', 1)[0]?.slice(0, MAX_TEXT),
    status: res.statusCode,
    bytes,
    ms: Math.round(ms * 10) / 10,
    remote,
    user: requestUser(req)?.slice(0, MAX_TEXT),
    agent: req.headers['user-agent']?.slice(0, MAX_TEXT),
    ...(res.writableFinished ? {} : { complete: false }),
  };
}

/** `host - user [time] "request" status bytes "referer" "agent"`, and behind it the id. */
function toCombined({ req, res, id, remote, bytes }: Facts): string {
  const { method = '', url = '', httpVersion, headers } = req;
  const request = `${method} ${maskQuery(url)} HTTP/${httpVersion}`;
  const agent = headers['user-agent'] ?? '';
  return `${remote ?? '-'} - ${plainWord(requestUser(req) ?? '-')} [${commonTime(new Date())}] ${quote(request)} ${String(res.statusCode)} ${String(bytes)} ${quote(headers.referer ?? '')} ${quote(agent)} ${id}\n`;
}

/** Parameters of the API that say nothing but what was asked for. The others, the token of an upload among them, are masked. */
const PLAIN_PARAMETERS = new Set([
  'n',
  'last',
  'digest',
  'mount',
  'from',
  'tag',
  'artifactType',
  'digest-algorithm',
]);

function maskQuery(url: string): string {
  const mark = url.indexOf('?');
  if (mark === -1) return url.slice(0, MAX_TEXT);
  const parameters = url
    .slice(mark + 1, mark + MAX_TEXT)
    .split('&')
    .map((parameter) => {
      const name = parameter.split('=', 1)[0] ?? '';
      return PLAIN_PARAMETERS.has(name) ? parameter : `${name}=***`;
    });
  return `${url.slice(0, Math.min(mark, MAX_TEXT))}?${parameters.join('&')}`;
}

function quote(text: string): string {
  return `"${cleanText(text.slice(0, 2 * MAX_TEXT)).replace(/["\\]/g, '\\$&')}"`;
}

/** A name with a blank would be two fields. */
function plainWord(text: string): string {
  return encodeURI(text.slice(0, MAX_TEXT).toWellFormed());
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `22/Nov/2026:03:50:12 +0000` */
function commonTime(now: Date): string {
  const iso = now.toISOString();
  return `${iso.slice(8, 10)}/${MONTHS[now.getUTCMonth()] ?? ''}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
}
