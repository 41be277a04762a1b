import type { ConfigIssue } from './config-error.js';
import type { ConfigNode } from './node.js';
import { find, whereIs } from './node.js';

/** Collects what is to be said of a configuration. */
export class Findings {
  readonly errors: ConfigIssue[] = [];
  readonly warnings: ConfigIssue[] = [];
  readonly #root: ConfigNode;

  constructor(root: ConfigNode) {
    this.#root = root;
  }

  /** Whether a key was said. */
  has(key: string): boolean {
    return find(this.#root, key.split('.')) !== undefined;
  }

  /** @param key - dotted; the issue is at its line, or at that of the nearest key around it */
  error(key: string, message: string): void {
    this.errors.push({ key, where: whereIs(this.#root, key.split('.')), message });
  }

  warn(key: string, message: string): void {
    this.warnings.push({ key, where: whereIs(this.#root, key.split('.')), message });
  }
}
