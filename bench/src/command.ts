/** Runs a program of the benchmarks: what it throws is one line, and exit status 1. */
export async function runCommand(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
