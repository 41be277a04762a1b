import type { ConfigIssue } from './config-error.js';
import type { KeyRule } from './keys.js';
import { ANY_KEY, KEYS, isRules } from './keys.js';
import type { ConfigNode } from './node.js';
import { ConfigMap, Leaf } from './node.js';

export interface KeyFindings {
  /** Keys that are not supported and change what is served to whom. */
  readonly refused: readonly ConfigIssue[];
  /** Keys that nobody knows: a misspelt one for example. */
  readonly unknown: readonly ConfigIssue[];
  /** Keys of Distribution's that have no effect here. */
  readonly notes: readonly ConfigIssue[];
}

/** Looks up every key of a configuration. */
export function checkKeys(root: ConfigNode): KeyFindings {
  const findings = {
    refused: new Array<ConfigIssue>(),
    unknown: new Array<ConfigIssue>(),
    notes: new Array<ConfigIssue>(),
  };
  const visit = (node: ConfigNode, rule: KeyRule | undefined, path: readonly string[]): void => {
    const issue = (message: string): ConfigIssue => ({ key: path.join('.'), where: node.where, message });
    if (rule === undefined) findings.unknown.push(issue('unknown key'));
    else if (rule === 'later') findings.notes.push(issue('not supported yet, it has no effect'));
    else if (rule === 'refused') {
      if (!isEmpty(node)) findings.refused.push(issue('not supported yet, and not safe to leave out'));
    } else if (isRules(rule)) {
      if (!(node instanceof ConfigMap)) return;
      for (const [key, child] of node.entries)
        visit(child, rule.get(key) ?? rule.get(ANY_KEY), [...path, key]);
    } else if (typeof rule === 'object') findings.notes.push(issue(`it has no effect: ${rule.because}`));
  };
  visit(root, KEYS, []);
  return findings;
}

function isEmpty(node: ConfigNode): boolean {
  if (node instanceof Leaf) return node.value === null;
  return node instanceof ConfigMap ? [...node.entries.values()].every(isEmpty) : node.items.length === 0;
}
