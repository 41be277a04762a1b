import type { ConfigIssue } from './config-error.js';
import type { KeyStatus } from './keys.js';
import { STATUS } from './keys.js';
import type { ConfigNode } from './node.js';
import { ConfigMap, Leaf, childrenOf } from './node.js';
import type { Outline } from './outline.js';
import { OUTLINE, childOutline } from './outline.js';

export interface KeyFindings {
  /** Keys that are not supported and change what is served to whom. */
  readonly refused: readonly ConfigIssue[];
  /** Keys that nobody knows: a misspelt one for example. */
  readonly unknown: readonly ConfigIssue[];
  /** Known keys that have no effect here. */
  readonly notes: readonly ConfigIssue[];
}

interface Place {
  readonly outline: Outline | undefined;
  readonly path: readonly string[];
  /** The path without indices of lists. */
  readonly name: string;
  /** The section is not in use, and that was said. */
  readonly isSaid: boolean;
}

/** Looks up every key of a configuration. */
export function checkKeys(root: ConfigNode): KeyFindings {
  const findings = {
    refused: new Array<ConfigIssue>(),
    unknown: new Array<ConfigIssue>(),
    notes: new Array<ConfigIssue>(),
  };
  const visit = (node: ConfigNode, { outline, path, name, isSaid }: Place): void => {
    const say = (kind: keyof KeyFindings, message: string) =>
      findings[kind].push({ key: path.join('.'), where: node.where, message });
    if (outline === undefined) {
      say('unknown', 'unknown key');
      return;
    }
    const status =
      isSaid || isEmpty(node) ? 'used' : (STATUS[name.replace(/^outrigger\.stores\./, '')] ?? 'used');
    if (status !== 'used') say(status === 'refused' ? 'refused' : 'notes', effectOf(status));
    for (const [key, child] of childrenOf(node))
      visit(child, {
        outline: childOutline(outline, key),
        path: [...path, key],
        name: outline.kind === 'list' ? name : [name, key].filter((part) => part !== '').join('.'),
        isSaid: isSaid || status !== 'used',
      });
  };
  visit(root, { outline: OUTLINE, path: [], name: '', isSaid: false });
  return findings;
}

function effectOf(status: Exclude<KeyStatus, 'used'>): string {
  if (status === 'refused') return 'not supported yet, and not safe to leave out';
  return status === 'later' ? 'not supported yet, it has no effect' : `it has no effect: ${status.because}`;
}

function isEmpty(node: ConfigNode): boolean {
  if (node instanceof Leaf) return node.value === null || node.value === '';
  return node instanceof ConfigMap ? [...node.entries.values()].every(isEmpty) : node.items.length === 0;
}
