/** Whether a pattern of repository names can be used. */
export function isGlob(pattern: string): boolean {
  return pattern.length <= 255 && PATTERN.test(pattern);
}

/**
 * Makes the test for a pattern of repository names: `*` is any text without a slash, `**` any text, and all else is
 * itself. So `team/*` is one level of `team`, `team/**` all of it, without `team` itself. It takes time in proportion
 * to pattern and name: a regular expression with several wildcards would not.
 */
export function toMatcher(pattern: string): (name: string) => boolean {
  if (pattern === '**') return () => true;
  if (!pattern.includes('*')) return (name) => name === pattern;
  const parts = pattern.split(/(\*+)/).filter((part) => part !== '');
  return (name) => {
    let ends: readonly number[] = [0];
    for (const part of parts) ends = endsOf(part, name, ends);
    return ends.at(-1) === name.length;
  };
}

/** Whether a name matches a pattern, for those who ask once. */
export function matchesGlob(pattern: string, name: string): boolean {
  return toMatcher(pattern)(name);
}

const PATTERN = /^[a-z0-9._*/-]+$/;

/** Where `part` may end in `name` when it starts at one of `starts`, ascending. */
function endsOf(part: string, name: string, starts: readonly number[]): number[] {
  if (!part.startsWith('*')) {
    return starts.filter((start) => name.startsWith(part, start)).map((start) => start + part.length);
  }
  const ends: number[] = [];
  for (const start of starts) {
    const slash = part === '*' ? name.indexOf('/', start) : -1;
    const last = slash === -1 ? name.length : slash;
    for (let end = Math.max(start, (ends.at(-1) ?? -1) + 1); end <= last; end++) ends.push(end);
  }
  return ends;
}
