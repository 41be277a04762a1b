import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StorageDriver } from '@outrigger/driver';
import { checkDriver, listAll } from '@outrigger/driver';
import { onTestFinished } from 'vitest';
import { filesystem } from '../src/index.js';

export interface TemporaryStore {
  readonly root: string;
  readonly driver: StorageDriver;
}

/** A driver over an empty directory that goes with the test. */
export async function temporaryStore(parameters: Record<string, unknown> = {}): Promise<TemporaryStore> {
  const root = await temporaryDirectory();
  const driver = checkDriver(await filesystem.create({ rootdirectory: root, ...parameters }));
  return { root, driver };
}

export async function temporaryDirectory(): Promise<string> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'outrigger-fs-')));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

export const bytes = (text: string) => new TextEncoder().encode(text);
export const text = (content: Uint8Array) => new TextDecoder().decode(content);

/** The paths of all children of a directory, page by page. */
export async function pathsIn(driver: StorageDriver, directory: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const entry of listAll(driver, directory)) paths.push(entry.path);
  return paths;
}
