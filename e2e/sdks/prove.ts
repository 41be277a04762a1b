import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { MAIN } from '../harness/paths.js';
import { seconds } from '../harness/scale.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';

/** What is looked at of docs/protocol/schema/report.schema.json. */
interface Report {
  readonly levels: readonly { readonly level: string; readonly status: string }[];
}

/** That a driver holds before `outrigger driver test`, over every plane that it speaks, and reaches these levels. */
export async function prove(
  executable: string,
  parameters: Readonly<Record<string, unknown>>,
  levels: readonly string[],
): Promise<void> {
  const report = join(await temporaryDirectory(), 'report.json');
  const args = [MAIN, 'driver', 'test', executable, JSON.stringify(parameters), '--report', report];
  const options = { reject: false, all: true, timeout: seconds(1700) } as const;
  const { exitCode, all } = await execa(process.execPath, args, options);
  expect(all).toMatch(/^\d+ passed, 0 failed, \d+ skipped$/m);
  expect(exitCode).toBe(0);
  const told = JSON.parse(await readFile(report, 'utf8')) as Report;
  const reached = told.levels.filter(({ status }) => status === 'reached').map(({ level }) => level);
  expect(reached).toEqual(expect.arrayContaining([...levels]));
}
