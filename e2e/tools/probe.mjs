// Asks a tool for its version, which shows that it runs.
import { homedir } from 'node:os';
import { run } from './run.mjs';

/** Resolves to {version} or {broken: reason}. On a busy machine all tools at once take minutes: what is broken is built again. */
export async function probe(tool, command) {
  const { code, output } = await run(command, tool.probe, { env: { HOME: homedir() }, timeoutSeconds: 600 });
  const version = /\d+\.\d+[\w.+~-]*/.exec(output)?.[0];
  if (code === 0 && version) return { version };
  return { broken: `does not run: ${output.trim().split('\n')[0] || `exit ${code}`}` };
}
