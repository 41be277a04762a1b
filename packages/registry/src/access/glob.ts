/** Whether a pattern of repository names can be used. */
export function isGlob(pattern: string): boolean {
  return pattern.length <= 255 && PATTERN.test(pattern) && countWildcards(pattern) <= MAX_WILDCARDS;
}

/**
 * Makes the test for a pattern of repository names: `*` is any text without a slash, `**` any text, and all else is
 * itself. So `team/*` is one level of `team`, `team/**` all of it, without `team` itself.
 */
export function toMatcher(pattern: string): (name: string) => boolean {
  if (pattern === '**') return () => true;
  if (!pattern.includes('*')) return (name) => name === pattern;
  const source = pattern.replace(/\*+|\./g, (part) => REPLACEMENTS.get(part) ?? '.*');
  const expression = new RegExp(`^${source}$`);
  return (name) => expression.test(name);
}

const PATTERN = /^[a-z0-9._*/-]+$/;
/** Each one more makes a mismatch take longer, by the length of the name. */
const MAX_WILDCARDS = 6;

function countWildcards(pattern: string): number {
  return pattern.match(/\*+/g)?.length ?? 0;
}

const REPLACEMENTS = new Map([
  ['.', '\\.'],
  ['*', '[^/]*'],
]);
