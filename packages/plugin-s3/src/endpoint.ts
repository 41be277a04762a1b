/**
 * An endpoint as the parameters give it: a URL, or a host with or without a port, which takes its scheme from `secure`.
 *
 * @returns the URL, or what is wrong with it
 */
export function parseEndpoint(given: string, secure: boolean): URL | string {
  const hasScheme = given.includes('://');
  const text = hasScheme ? given : `${secure ? 'https' : 'http'}://${given}`;
  if (!URL.canParse(text)) return 'must be a URL, or a host with or without a port';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with https:// or http://';
  if (url.username !== '' || url.password !== '') return 'must have no user and no password in it';
  if (url.search !== '' || url.hash !== '') return 'must have no query and no fragment';
  return url;
}

/** Distribution's checks: only scheme and host of it are used, so that nothing else may be there. */
export function parseRedirectEndpoint(given: string): URL | string {
  if (!given.includes('://')) return 'must begin with https:// or http://';
  const url = parseEndpoint(given, true);
  if (typeof url === 'string') return url;
  return url.pathname === '/' ? url : 'must have no path';
}
