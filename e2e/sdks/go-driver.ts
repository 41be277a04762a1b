import { execa } from 'execa';
import { fromRoot } from '../harness/paths.js';
import { findTool } from '../harness/tool.js';

/** Builds our driver in Go. @returns its executable, or why there is none; in CI nothing may be missing */
export async function goDriver(): Promise<string | { readonly missing: string }> {
  const found = findTool('go');
  if (typeof found !== 'string') return found;
  const { stdout } = await execa(process.execPath, [fromRoot('scripts/sdk.mjs'), 'go', 'build']);
  return stdout.trim();
}
