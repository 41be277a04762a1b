import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/**
 * Where a value parts from its schema, for the author of the program that sent it: `result.modTime: expected number,
 * received string`. It never has the value itself, which may be a secret.
 *
 * @param root - what the value is in its message: `params`, `result`
 */
export function explainMismatch(error: z.core.$ZodError, root: string): string {
  const [issue] = error.issues;
  if (issue === undefined) return root;
  const { path, message } = deepest(issue);
  return `${fieldName(root, path)}: ${inWords(message)}`;
}

/** The section of the reference about a method or notification. */
export function referenceOf(method: string): string {
  return `reference.md#${method.toLowerCase().replace(/[^a-z0-9-]/g, '')}`;
}

/** Of alternatives, the one that was most likely meant: that which fits but for the fewest fields. */
function deepest(issue: Issue): Pick<Issue, 'path' | 'message'> {
  if (issue.code !== 'invalid_union') return issue;
  const [closest] = [...issue.errors].sort((a, b) => a.length - b.length);
  const [inner] = closest ?? [];
  if (inner === undefined) return issue;
  const { path, message } = deepest(inner);
  return { path: [...issue.path, ...path], message };
}

function fieldName(root: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (name, key) => (typeof key === 'number' ? `${name}[${String(key)}]` : `${name}.${String(key)}`),
    root,
  );
}

function inWords(message: string): string {
  const text = message.replace(/^Invalid input: /, '');
  return text.replace(/^expected (.+), received undefined$/, 'it is missing, expected $1');
}
