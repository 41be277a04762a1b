import type { IncomingHttpHeaders } from 'node:http';
import type { Call } from './call.js';

/** Where a client finds something: an absolute URL as it addresses this registry, or a path. */
export function locate({ req, service }: Call, path: string): string {
  const { relativeUrls, host, prefix } = service.settings;
  const full = `${prefix}/v2/${path}`;
  if (relativeUrls) return full;
  if (host !== undefined) return host + full;
  const origin = requestOrigin(req.headers, 'encrypted' in req.socket);
  return origin === undefined ? full : origin + full;
}

/**
 * The origin of a request: from `Forwarded`, `X-Forwarded-*` or `Host`, as Distribution reads them
 * (registry/api/v2/urls.go). Undefined when it is not of the form of an origin.
 */
export function requestOrigin(headers: IncomingHttpHeaders, isEncrypted: boolean): string | undefined {
  const { proto, host } = forwarded(headers);
  const scheme = proto ?? (isEncrypted ? 'https' : 'http');
  const authority = host ?? headers.host;
  if (authority === undefined || !AUTHORITY_PATTERN.test(authority)) return undefined;
  return scheme === 'http' || scheme === 'https' ? `${scheme}://${authority}` : undefined;
}

const AUTHORITY_PATTERN = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$/;

function forwarded(headers: IncomingHttpHeaders): { proto?: string | undefined; host?: string | undefined } {
  if (headers.forwarded !== undefined) return parseForwarded(headers.forwarded);
  return { proto: first(headers['x-forwarded-proto']), host: first(headers['x-forwarded-host']) };
}

/** Each proxy appends: the first value is what the client used. */
function first(value: string | string[] | undefined): string | undefined {
  const all = Array.isArray(value) ? value.join(',') : value;
  return notEmpty(all?.split(',', 1)[0]?.trim());
}

/** RFC 7239, the first element. */
function parseForwarded(value: string): { proto?: string | undefined; host?: string | undefined } {
  const pairs = (value.split(',', 1)[0] ?? '').split(';').map((pair) => {
    const [key = '', text = ''] = pair.split('=', 2);
    return [key.trim().toLowerCase(), text.trim().replace(/^"(.*)"$/, '$1')] as const;
  });
  const fields = new Map(pairs);
  return { proto: notEmpty(fields.get('proto')?.toLowerCase()), host: notEmpty(fields.get('host')) };
}

function notEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
