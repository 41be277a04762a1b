import { execa } from 'execa';
import { fromRoot } from '../harness/paths.js';
import { makeTemporaryDirectory } from '../harness/temporary-directory.js';
import { findTool } from '../harness/tool.js';

/** What has to be there to build it. */
const TOOLS = { go: 'go', python: 'python-sdk', rust: 'cargo' } as const;

export type Language = keyof typeof TOOLS;

export interface ExampleDriver {
  /** Has the parameter `rootdirectory`. */
  readonly executable: string;
  readonly remove: () => Promise<void>;
}

/** Builds the filesystem driver of an SDK. @returns why there is none, where a tool is missing; in CI nothing may be */
export async function buildExample(
  language: Language,
): Promise<ExampleDriver | { readonly missing: string }> {
  const tool = findTool(TOOLS[language]);
  if (typeof tool !== 'string') return tool;
  const { path, remove } = await makeTemporaryDirectory();
  const build = [fromRoot('scripts/sdk.mjs'), language, 'build', path];
  const { stdout } = await execa(process.execPath, build);
  return { executable: stdout.trim(), remove };
}
