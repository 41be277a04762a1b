import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** An empty directory that goes with the test. Its path is short enough for a socket. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'outrigger-ipc-')));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
