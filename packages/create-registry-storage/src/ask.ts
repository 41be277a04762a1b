import { createInterface } from 'node:readline/promises';
import { ScaffoldError } from './scaffold-error.js';

/**
 * Asks a question on the terminal.
 *
 * @param otherwise - what to do where there is no terminal
 * @throws ScaffoldError when there is none
 */
export async function ask(question: string, otherwise: string): Promise<string> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) throw new ScaffoldError(otherwise);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await terminal.question(`${question}: `)).trim();
  } finally {
    terminal.close();
  }
}
