/** @returns the URL, or what is wrong with it */
export function parseEndpoint(given: string): URL | { readonly reason: string } {
  if (!URL.canParse(given)) return { reason: 'must be a URL, such as https://storage.example.com' };
  const url = new URL(given);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return { reason: 'must begin with https:// or http://' };
  if (url.username !== '' || url.password !== '')
    return { reason: 'must have no user and no password in it' };
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '')
    return { reason: 'must have nothing behind its host and port' };
  return url;
}

/**
 * A token is never sent where everybody on the way can read it: over plain HTTP requests bear no credentials, which is
 * right for emulators, and all else is refused by the store.
 */
export function isAnonymous(endpoint: string): boolean {
  return endpoint.startsWith('http:');
}
