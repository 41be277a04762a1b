import { METHODS, explainMismatch, referenceOf } from '@outrigger/ipc';

/** What is wrong with a result by the schema of its method; undefined when nothing is, or the method has none. */
export function explainResult(method: string, result: unknown): string | undefined {
  const error = METHODS.find(({ name }) => name === method)?.result.safeParse(result).error;
  if (error === undefined) return undefined;
  const what = explainMismatch(error, 'result');
  return `the answer to ${method} is not of its schema: ${what} (see docs/protocol/${referenceOf(method)})`;
}
