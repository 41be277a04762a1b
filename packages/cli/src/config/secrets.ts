import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { ConfigIssue } from './config-error.js';
import type { ConfigNode } from './node.js';
import { ConfigMap, Leaf, childrenOf, whereIs } from './node.js';
import type { Outline } from './outline.js';
import { OUTLINE, childOutline } from './outline.js';
import type { Environment } from './overrides.js';
import { setKey } from './set-key.js';

const MAX_SIZE = 64 * 1024;

/**
 * Sets the keys that `outrigger.secrets` names to the contents of files: `http.secret: /run/secrets/http`. A path that is not
 * absolute is below the directory of the credentials that systemd gives. One line feed at the end is not part of the secret.
 */
export function readSecrets(root: ConfigMap, environment: Environment): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  for (const [key, path] of secretFiles(root)) {
    const problem = readSecret(root, key.split('.'), path, environment);
    if (problem === undefined) continue;
    const name = ['outrigger', 'secrets', key];
    issues.push({ key: name.join('.'), where: whereIs(root, name), message: problem });
  }
  return issues;
}

/** The keys whose values come from files, with their paths. */
export function secretFiles(root: ConfigMap): readonly (readonly [string, string])[] {
  const own = root.entries.get('outrigger');
  const secrets = own instanceof ConfigMap ? own.entries.get('secrets') : undefined;
  if (!(secrets instanceof ConfigMap)) return [];
  return [...secrets.entries].flatMap(([key, path]) =>
    path instanceof Leaf && typeof path.value === 'string' ? [[key, path.value] as const] : [],
  );
}

/** Secrets that are written into the configuration itself, by their keys. */
export function inlineSecrets(root: ConfigNode, isInline: (leaf: Leaf) => boolean): string[] {
  const found: string[] = [];
  const visit = (
    node: ConfigNode,
    outline: Outline | undefined,
    path: readonly string[],
    isSecret: boolean,
  ) => {
    if (node instanceof Leaf && isSecret && node.value !== null && node.value !== '' && isInline(node))
      found.push(path.join('.'));
    for (const [key, child] of childrenOf(node)) {
      const inner = childOutline(outline, key);
      visit(child, inner, [...path, key], isSecret || inner?.meta.secret === true);
    }
  };
  visit(root, OUTLINE, [], false);
  return found;
}

/** @returns what went wrong */
function readSecret(
  root: ConfigMap,
  steps: readonly string[],
  path: string,
  { CREDENTIALS_DIRECTORY: credentials }: Environment,
): string | undefined {
  if (!isAbsolute(path) && credentials === undefined) return 'must be an absolute path';
  const file = isAbsolute(path) ? path : join(credentials ?? '', path);
  try {
    const content = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    if (content === '') return 'the file is empty';
    if (content.length > MAX_SIZE) return 'the file is too large';
    return setKey(root, OUTLINE, steps, () => new Leaf(content, content, file));
  } catch (error) {
    return `cannot be read: ${error instanceof Error && 'code' in error ? String(error.code) : 'unknown'}`;
  }
}
