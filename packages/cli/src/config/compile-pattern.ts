/**
 * A regular expression of Go as one of ours: the beginning `(?i)`, the anchors `\A` and `\z`, and groups that are named `(?P<x>…)` are
 * spelt otherwise here.
 *
 * @returns undefined when it is none
 */
export function compilePattern(pattern: string): RegExp | undefined {
  const [, flags = '', rest = pattern] = /^\(\?([ims]+)\)(.*)$/s.exec(pattern) ?? [];
  const source = rest.replaceAll('(?P<', '(?<').replaceAll('\\A', '^').replaceAll('\\z', '$');
  try {
    return new RegExp(source, flags);
  } catch {
    return undefined;
  }
}
