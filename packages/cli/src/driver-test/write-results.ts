import { constants } from 'node:fs';
import { access, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { createBadge, createReport } from '@outrigger/testsuite';
import { EXIT } from '../exit-codes.js';
import { CommandError } from '../failure.js';
import { readVersion } from '../version.js';
import type { TestedLevels } from './test-driver.js';

export interface ResultFiles {
  /** For the report, as JSON. */
  readonly report?: string | undefined;
  /** For the badge, as SVG. */
  readonly badge?: string | undefined;
}

/**
 * Whether the files can be written: a run takes minutes, and who mistyped a path wants to know it before.
 *
 * @throws CommandError
 */
export async function checkFiles({ report, badge }: ResultFiles): Promise<void> {
  for (const path of [report, badge])
    if (path !== undefined) await orRefuse(path, access(dirname(resolve(path)), constants.W_OK));
}

/** Writes what came of a run. */
export async function writeResults({ report, badge }: ResultFiles, tested: TestedLevels): Promise<void> {
  const parts = { ...tested, version: readVersion(), date: new Date() };
  if (report !== undefined) await write(report, `${JSON.stringify(createReport(parts), null, 2)}\n`);
  if (badge !== undefined) await write(badge, createBadge(tested.levels));
}

function write(path: string, content: string): Promise<void> {
  return orRefuse(path, writeFile(path, content));
}

async function orRefuse(path: string, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown';
    throw new CommandError(`${path} cannot be written: ${why}`, EXIT.usage, error);
  }
}
