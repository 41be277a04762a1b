import { RegistryError } from '../registry-error.js';
import type { Call } from './call.js';

/**
 * The parameter `n`; undefined when it is not given.
 *
 * @throws RegistryError PAGINATION_NUMBER_INVALID when it is not a natural number
 */
export function parseCount(query: URLSearchParams): number | undefined {
  const text = query.get('n');
  if (text === null || text === '') return undefined;
  const count = Number(text);
  if (!/^[0-9]+$/.test(text) || !Number.isSafeInteger(count)) throw countInvalid(text);
  return count;
}

export function countInvalid(text: string): RegistryError {
  return new RegistryError('PAGINATION_NUMBER_INVALID', 'invalid number of results', {
    n: text.slice(0, 32),
  });
}

/** Tells the client where the next page is (RFC 8288). The path alone: it holds behind any proxy. */
export function linkNext(
  { ctx, service }: Call,
  path: string,
  query: Readonly<Record<string, string>>,
): void {
  ctx.set(
    'Link',
    `<${service.settings.prefix}/v2/${path}?${new URLSearchParams(query).toString()}>; rel="next"`,
  );
}
