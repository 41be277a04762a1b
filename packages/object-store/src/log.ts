/** A line for the host, which writes it into its log with the driver's name. */
export function log(level: 'info' | 'warn', message: string): void {
  process.stderr.write(`${JSON.stringify({ level, message })}\n`);
}
