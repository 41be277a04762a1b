import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { benchDirectory } from '../peers/start-server.js';
import type { FileTool } from './native.js';
import { runTool } from './native.js';
import { ACCESS_KEY, SECRET_KEY } from './s3-server.js';
import type { Place } from './subjects.js';

export interface MountedTool extends FileTool {
  unmount(): Promise<void>;
}

/** `oras --oci-layout` on a bucket that s3fs has mounted, as the ORAS project's page on lightweight registries has it. Wants root. */
export async function orasOnS3fs(
  { oras, s3fs }: { readonly oras: string; readonly s3fs: string },
  { port, bucket }: Place,
): Promise<MountedTool> {
  const directory = await mkdtemp(join(benchDirectory(), 'outrigger-bench-s3fs-'));
  const mount = await mkdtemp(join(directory, 'mount-'));
  const passwords = join(directory, 'passwords');
  await writeFile(passwords, `${ACCESS_KEY}:${SECRET_KEY}\n`, { mode: 0o600 });
  const options = [`passwd_file=${passwords}`, `url=http://127.0.0.1:${port}`, 'use_path_request_style'];
  await runTool(s3fs, [bucket, mount, ...options.flatMap((option) => ['-o', option])]);
  const reference = join(mount, 'bench:layers');
  return {
    push: async (files) =>
      runTool(oras, ['push', '--oci-layout', reference, ...(await readdir(files))], files),
    pull: (files) => runTool(oras, ['pull', '--oci-layout', reference, '--output', files]),
    async unmount() {
      await runTool('umount', [mount]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
