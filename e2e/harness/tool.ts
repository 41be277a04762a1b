import type { TestContext } from 'vitest';
import type { ToolName } from '../tools/locate.mjs';
import { locate } from '../tools/locate.mjs';

/** No package registry has it; everything else has to be there in CI. */
const OPTIONAL: readonly ToolName[] = ['oras'];

/** The path of a tool. Without it the test is skipped with the reason, and fails in CI. */
export function useTool(context: TestContext, name: ToolName): string {
  const found = findTool(name);
  return typeof found === 'string' ? found : context.skip(found.missing);
}

/**
 * The same outside of a test: the path of a tool, or the reason why it is missing.
 *
 * @throws Error with the reason in CI, unless no package registry has it
 */
export function findTool(name: ToolName): string | { readonly missing: string } {
  const found = locate(name);
  if (typeof found !== 'string' && process.env.CI === 'true' && !OPTIONAL.includes(name))
    throw new Error(found.missing);
  return found;
}
