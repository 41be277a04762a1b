// Builds one Go command into the cache, one package at a time so that others keep a core.
import { join } from 'node:path';
import { installAtomically } from './cache.mjs';
import { runOrThrow } from './run.mjs';

export function installWithGo(tool) {
  return installAtomically(tool, (folder) =>
    runOrThrow('go', ['install', '-p=1', '-trimpath', ...(tool.flags ?? []), `${tool.source}@v${tool.version}`], {
      env: { GOBIN: join(folder, 'bin'), CGO_ENABLED: '0' },
    }),
  );
}
