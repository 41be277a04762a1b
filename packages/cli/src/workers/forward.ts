import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { request } from 'node:http';
import { pipeline } from 'node:stream';
import { drainBody, uploadOfRequest } from '@outrigger/registry';
import { FACTS_HEADER, packClientFacts } from './client-facts.js';
import { uploadOwner } from './upload-owner.js';
import { workerSocket } from './worker-socket.js';

type Handle = (req: IncomingMessage, res: ServerResponse) => void;

export interface ForwardOptions {
  /** This worker's, from 1. */
  readonly number: number;
  readonly count: number;
  /** Of the workers' sockets. */
  readonly directory: string;
  readonly primaryPid: number;
  /** `http.prefix` */
  readonly prefix: string;
  /** For how long the rest of a body is taken that nobody wants, milliseconds. */
  readonly patienceMs: number;
}

/**
 * Passes on the requests for uploads that are other workers' own (upload-owner.ts). One whose owner is away is handled
 * here: the registry refuses it with 503, and it is counted and logged as any other.
 */
export function forwardUploads(options: ForwardOptions, handle: Handle): Handle {
  const { number, count, prefix } = options;
  return (req, res) => {
    const upload = uploadOfRequest(req.url ?? '', prefix);
    const owner = upload === undefined ? undefined : uploadOwner(upload, count);
    if (owner === undefined || owner === number) handle(req, res);
    else forward(req, res, owner, options, handle);
  };
}

function forward(
  req: IncomingMessage,
  res: ServerResponse,
  owner: number,
  { directory, primaryPid, patienceMs }: ForwardOptions,
  handle: Handle,
): void {
  const upstream = request({
    socketPath: workerSocket(directory, primaryPid, owner),
    method: req.method,
    path: req.url,
    headers: requestHeaders(req),
    setHost: false,
    // An idle connection could end just as it is used again, and a body cannot be sent twice.
    agent: false,
  });
  let isAnswered = false;
  upstream.on('response', (answer) => {
    isAnswered = true;
    res.writeHead(answer.statusCode ?? 502, passedOn(answer.rawHeaders));
    // A client must not take for whole what broke off.
    pipeline(answer, res, (error) => {
      if (error instanceof Error) res.destroy();
      // Of a body that nobody wants the owner need not see the rest.
      if (!req.complete) upstream.destroy();
    });
  });
  upstream.on('error', () => {
    if (isAnswered || res.destroyed) return;
    isAnswered = true;
    req.unpipe(upstream);
    handle(req, res);
  });
  upstream.once('close', () => {
    req.unpipe(upstream);
    if (isAnswered && !req.complete) drainBody(req, patienceMs);
  });
  res.once('close', () => {
    if (!res.writableFinished) upstream.destroy();
  });
  req.on('error', () => upstream.destroy());
  req.pipe(upstream);
}

/** Of one connection, not of the message (RFC 9110, 7.6.1); `expect` was answered by this side. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
  'expect',
]);

/** Without a length Node would make a body of these, which no client has sent. */
const WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);

function requestHeaders(req: IncomingMessage): OutgoingHttpHeaders {
  const { headers, method = '' } = req;
  const passed = grouped(req.rawHeaders, (name) => !HOP_BY_HOP.has(name) && !name.startsWith(':'));
  const length = headers['content-length'] ?? (WITH_BODY.has(method) ? '0' : undefined);
  const framing: OutgoingHttpHeaders =
    headers['transfer-encoding'] !== undefined
      ? { 'transfer-encoding': 'chunked' }
      : { ...(length === undefined ? {} : { 'content-length': length }) };
  return {
    ...passed,
    ...(headers.host === undefined ? {} : { host: headers.host }),
    ...framing,
    // An owner that closed after its answer could do so before the body is written: that fails, and takes the answer with it.
    connection: 'keep-alive',
    [FACTS_HEADER]: packClientFacts(req),
  };
}

function passedOn(rawHeaders: readonly string[]): OutgoingHttpHeaders {
  return grouped(rawHeaders, (name) => !HOP_BY_HOP.has(name) && name !== 'transfer-encoding');
}

/** A header that comes several times stays several. */
function grouped(raw: readonly string[], isWanted: (name: string) => boolean): Record<string, string[]> {
  const found = new Map<string, string[]>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase();
    if (!isWanted(name)) continue;
    const values = found.get(name) ?? [];
    found.set(name, values);
    values.push(raw[at + 1] ?? '');
  }
  return Object.fromEntries(found);
}
