// Builds one Go command into the cache: one package at a time so that others keep a core, in CI as fast as it goes.
import { renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { installAtomically } from './cache.mjs';
import { runOrThrow } from './run.mjs';

export function installWithGo(tool) {
  const pace = process.env.CI === 'true' ? [] : ['-p=1'];
  const source = tool.module ? tool.source : `${tool.source}@v${tool.version}`;
  const build = ['install', ...pace, '-trimpath', ...(tool.flags ?? []), source];
  return installAtomically(tool, async (folder) => {
    const bin = join(folder, 'bin');
    await runOrThrow('go', build, { cwd: tool.module, env: { GOBIN: bin, CGO_ENABLED: '0' } });
    // Go names the program after the last part of its path.
    renameSync(join(bin, basename(tool.source)), join(bin, tool.name));
  });
}
