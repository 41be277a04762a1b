import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Content } from '../content.js';
import { benchDirectory } from '../peers/start-server.js';
import { ACCESS_KEY, REGION, SECRET_KEY } from './s3-server.js';
import type { Place } from './subjects.js';

/** A program that moves files to a bucket and back. */
export interface FileTool {
  push(directory: string): Promise<void>;
  /** Into an empty directory. */
  pull(directory: string): Promise<void>;
}

/** s5cmd, as it comes: five parts of 50 MiB at a time of each file. */
export function s5cmd(command: string, { port, bucket }: Place): FileTool {
  const run = (...args: string[]) =>
    runTool(command, ['--endpoint-url', `http://127.0.0.1:${port}`, '--log', 'error', 'cp', ...args]);
  return {
    push: (directory) => run(`${directory}/`, `s3://${bucket}/`),
    pull: (directory) => run(`s3://${bucket}/*`, `${directory}/`),
  };
}

/** Runs a program with the credentials of the S3 server. @throws Error with what it printed */
export async function runTool(command: string, args: readonly string[], cwd?: string): Promise<void> {
  const env = {
    ...process.env,
    AWS_ACCESS_KEY_ID: ACCESS_KEY,
    AWS_SECRET_ACCESS_KEY: SECRET_KEY,
    AWS_REGION: REGION,
  };
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], env, cwd });
  const [said, [code]] = await Promise.all([
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  if (code !== 0) throw new Error(`${command}: ${said.trim().slice(-500) || `exit code ${code}`}`);
}

/** A directory with the contents as files, for as long as it is used, and an empty one beside it. */
export async function withFiles<T>(
  contents: readonly Content[],
  use: (full: string, empty: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(benchDirectory(), 'outrigger-bench-files-'));
  const [full, empty] = [join(directory, 'full'), join(directory, 'empty')];
  await mkdir(full);
  await mkdir(empty);
  try {
    await writeFiles(full, contents);
    return await use(full, empty);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Each content has the same name every time. */
export async function writeFiles(directory: string, contents: readonly Content[]): Promise<void> {
  for (const [index, { parts }] of contents.entries())
    await writeFile(join(directory, `blob-${index}`), parts);
}
