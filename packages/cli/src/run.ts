import { CommanderError } from 'commander';
import { EXIT } from './exit-codes.js';
import { toFailure } from './failure.js';
import { createProgram } from './program.js';

/** Runs one command line, and sets the exit status. */
export async function run(args: readonly string[]): Promise<void> {
  const program = createProgram();
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      // Its text is printed already; --help and --version end so too.
      process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
      return;
    }
    const { exitCode, message } = toFailure(error);
    process.stderr.write(`outrigger: ${message}\n`);
    process.exitCode = exitCode;
  }
}
