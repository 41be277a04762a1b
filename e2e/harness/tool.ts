import type { TestContext } from 'vitest';
import { test } from 'vitest';
import type { ToolName } from '../tools/locate.mjs';
import { isLong, locate } from '../tools/locate.mjs';

/** No package registry has it; everything else has to be there in CI. */
const OPTIONAL: readonly ToolName[] = ['oras'];

/** The path of a tool. Without it the test is skipped with the reason, and fails in CI. */
export function useTool(context: TestContext, name: ToolName): string {
  const found = findTool(name);
  return typeof found === 'string' ? found : context.skip(found.missing);
}

/**
 * The same outside of a test: the path of a tool, or the reason why it is missing. What only the long form needs is never
 * there in the short one.
 *
 * @throws Error with the reason in CI, unless no package registry has it
 */
export function findTool(name: ToolName): string | { readonly missing: string } {
  if (isLong(name) && process.env.OUTRIGGER_TEST !== 'full')
    return { missing: `${name} belongs to the long form of the tests: OUTRIGGER_TEST=full` };
  const found = locate(name);
  if (typeof found !== 'string' && process.env.CI === 'true' && !OPTIONAL.includes(name))
    throw new Error(found.missing);
  return found;
}

/** In place of tests whose tool is missing: one that is skipped by their name, with the reason. In CI only the long form's can be. */
export function skipMissing(title: string, { missing }: { readonly missing: string }): void {
  test(title, (context) => context.skip(missing));
}

/** The path of a tool that another one needs. @throws Error with the reason why it is missing */
export function needTool(name: ToolName): string {
  const found = findTool(name);
  if (typeof found === 'string') return found;
  throw new Error(found.missing);
}
