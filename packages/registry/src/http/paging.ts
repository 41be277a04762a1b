import type { RegistryErrorCode } from '../registry-error.js';
import { RegistryError } from '../registry-error.js';
import type { Call } from './call.js';

type CountError = Extract<RegistryErrorCode, 'PAGINATION_NUMBER_INVALID' | 'TAGS_COUNT_INVALID'>;

/**
 * The parameter `n`; undefined when it is not given.
 *
 * @throws RegistryError with `code` when it is not a natural number
 */
export function parseCount(query: URLSearchParams, code: CountError): number | undefined {
  const text = query.get('n');
  if (text === null || text === '') return undefined;
  const count = Number(text);
  if (!/^[0-9]+$/.test(text) || !Number.isSafeInteger(count)) throw countInvalid(text, code);
  return count;
}

export function countInvalid(text: string, code: CountError): RegistryError {
  return new RegistryError(code, 'invalid number of results', { n: text.slice(0, 32) });
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
