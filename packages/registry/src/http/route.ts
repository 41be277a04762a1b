import { checkName } from '../reference/name.js';
import { HttpError } from './errors.js';

/** What a path names. Whatever decides about a request reads this, never the path again. */
export type Route =
  | { readonly kind: 'base' }
  | { readonly kind: 'catalog' }
  | { readonly kind: 'extensions' }
  | { readonly kind: 'tags'; readonly name: string }
  | { readonly kind: 'manifest'; readonly name: string; readonly reference: string }
  | { readonly kind: 'blob'; readonly name: string; readonly digest: string }
  | { readonly kind: 'uploads'; readonly name: string }
  | { readonly kind: 'upload'; readonly name: string; readonly id: string }
  | { readonly kind: 'referrers'; readonly name: string; readonly digest: string };

export interface ParsedUrl {
  readonly route: Route;
  readonly query: URLSearchParams;
}

/** The longest request target, in characters. */
export const MAX_URL_LENGTH = 8 * 1024;

/**
 * Splits a request target by hand, from its end: names contain slashes, and a pattern over the whole of a hostile
 * path takes too long.
 *
 * @param prefix - in front of `/v2/`, without a slash at its end
 * @throws HttpError 414, 400, or 404 when the path names nothing; RegistryError NAME_INVALID
 */
export function parseUrl(target: string, prefix: string): ParsedUrl {
  if (target.length > MAX_URL_LENGTH) {
    throw new HttpError(414, 'UNSUPPORTED', `a request target has at most ${MAX_URL_LENGTH} characters`);
  }
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  const query = new URLSearchParams(mark === -1 ? '' : target.slice(mark + 1));
  return { route: parsePath(path, prefix), query };
}

function parsePath(path: string, prefix: string): Route {
  const base = `${prefix}/v2`;
  if (path === base || path === `${base}/`) return { kind: 'base' };
  if (!path.startsWith(`${base}/`)) throw notFound();
  const parts = path
    .slice(base.length + 1)
    .split('/')
    .map(decodePart);
  if (parts.length === 1 && parts[0] === '_catalog') return { kind: 'catalog' };
  if (parts.join('/') === '_oci/ext/discover') return { kind: 'extensions' };
  const route = parseRepositoryPath(parts);
  if (route === undefined) throw notFound();
  checkName(route.name);
  return route;
}

function parseRepositoryPath(
  parts: readonly string[],
): Exclude<Route, { kind: 'base' | 'catalog' | 'extensions' }> | undefined {
  const name = (tail: number): string => parts.slice(0, -tail).join('/');
  const [third, second, last] = [parts.at(-3), parts.at(-2), parts.at(-1)];
  if (last === undefined) return undefined;
  if (third === 'blobs' && second === 'uploads') {
    return last === '' ? { kind: 'uploads', name: name(3) } : { kind: 'upload', name: name(3), id: last };
  }
  if (second === 'manifests') return { kind: 'manifest', name: name(2), reference: last };
  if (second === 'blobs') {
    return last === 'uploads'
      ? { kind: 'uploads', name: name(2) }
      : { kind: 'blob', name: name(2), digest: last };
  }
  if (second === 'referrers') return { kind: 'referrers', name: name(2), digest: last };
  return second === 'tags' && last === 'list' ? { kind: 'tags', name: name(2) } : undefined;
}

/** Some clients escape the colon of a digest. A slash that appears only here stays part of a part, and is refused. */
function decodePart(part: string): string {
  if (!part.includes('%')) return part;
  try {
    return decodeURIComponent(part).replaceAll('/', '%2F');
  } catch {
    throw new HttpError(400, 'NAME_INVALID', 'the path is not properly escaped');
  }
}

function notFound(): HttpError {
  return new HttpError(404, 'UNSUPPORTED', 'no such endpoint');
}
