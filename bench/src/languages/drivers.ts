import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DataPlane } from '@outrigger/ipc/host';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** A filesystem driver in some language. */
export interface LanguageDriver {
  readonly language: string;
  /** Has the parameter `rootdirectory`. */
  readonly executable: string;
  readonly planes: readonly DataPlane[];
}

/** One that is not there, and why. */
export interface MissingDriver {
  readonly language: string;
  readonly missing: string;
}

const ALL: readonly DataPlane[] = ['file', 'socket', 'inline'];

/** The example drivers of all SDKs, built into a directory, beside ours in TypeScript and the one in shell. */
export function languageDrivers(directory: string): (LanguageDriver | MissingDriver)[] {
  return [
    { language: 'TypeScript', executable: join(ROOT, 'packages/plugin-fs/dist/main.js'), planes: ALL },
    fromSdk('Go', directory),
    fromSdk('Rust', directory),
    fromSdk('Python', directory),
    {
      language: 'shell',
      executable: join(ROOT, 'examples/shell/registry-storage-sh-fs'),
      planes: ['inline'],
    },
  ];
}

function fromSdk(language: string, directory: string): LanguageDriver | MissingDriver {
  const args = [join(ROOT, 'scripts/sdk.mjs'), language.toLowerCase(), 'build', directory];
  const built = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (built.status === 0) return { language, executable: built.stdout.trim(), planes: ALL };
  return { language, missing: built.stderr.trim().split('\n').at(-1) ?? 'it was not built' };
}
