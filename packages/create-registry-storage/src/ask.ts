import { createInterface } from 'node:readline/promises';
import { ScaffoldError } from './scaffold-error.js';

/**
 * Asks a question on the terminal.
 *
 * @param otherwise - what to do where there is no terminal
 * @throws ScaffoldError when there is none, or no answer
 */
export async function ask(question: string, otherwise: string): Promise<string> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) throw new ScaffoldError(otherwise);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // Ctrl-C and Ctrl-D close it, and leave the question open.
  const gone = new AbortController();
  terminal.once('close', () => {
    gone.abort();
  });
  try {
    return (await terminal.question(`${question}: `, { signal: gone.signal })).trim();
  } catch (cause) {
    throw gone.signal.aborted ? new ScaffoldError('nothing was answered', { cause }) : cause;
  } finally {
    terminal.close();
  }
}
