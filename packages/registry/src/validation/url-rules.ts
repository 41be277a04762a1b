/** Which URLs a manifest may name for its layers, where clients are to fetch them instead of from the registry. */
export interface UrlRules {
  allows(url: string): boolean;
}

/** As Distribution's `validation.manifests.urls`: regular expressions of Go, which match anywhere in a URL. */
export interface UrlPatterns {
  /** One of them must match. Empty: all URLs are fine that `deny` lets through, and none if that is empty too. */
  readonly allow: readonly string[];
  /** None of them may match. */
  readonly deny: readonly string[];
}

/** A pattern that is no regular expression of Go. */
export class InvalidPatternError extends Error {
  override readonly name = 'InvalidPatternError';
  readonly list: keyof UrlPatterns;
  readonly index: number;

  constructor(list: keyof UrlPatterns, index: number, cause: unknown) {
    super(`not a regular expression: ${cause instanceof Error ? cause.message : 'unknown fault'}`, { cause });
    this.list = list;
    this.index = index;
  }
}

/**
 * RE2 and not JavaScript's expressions: they are what the operator wrote for Distribution, and no URL makes them slow.
 *
 * @throws InvalidPatternError
 */
export async function createUrlRules({ allow, deny }: UrlPatterns): Promise<UrlRules> {
  if (allow.length === 0 && deny.length === 0) return { allows: () => false };
  const { RE2JS } = await import('re2js');
  const compile = (list: keyof UrlPatterns, patterns: readonly string[]): { test(url: string): boolean }[] =>
    patterns.map((pattern, index) => {
      try {
        return RE2JS.compile(pattern);
      } catch (error) {
        throw new InvalidPatternError(list, index, error);
      }
    });
  const allowed = compile('allow', allow);
  const denied = compile('deny', deny);
  return {
    allows: (url) =>
      isWebUrl(url) &&
      (allowed.length === 0 || allowed.some((pattern) => pattern.test(url))) &&
      !denied.some((pattern) => pattern.test(url)),
  };
}

/** Nothing that two programs could read differently, so that what a pattern saw is where the client goes. */
function isWebUrl(url: string): boolean {
  // No backslash, space or control character, and no fragment.
  if (url.length > MAX_URL || !/^https?:\/\/[!"$-[\]-~]+$/.test(url)) return false;
  return URL.canParse(url);
}

const MAX_URL = 8192;
