import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { print, runCommand } from '../command.js';
import { describeMachine } from '../describe-machine.js';
import { intoDocument } from '../into-document.js';
import { round } from '../table.js';
import type { LanguageDriver } from './drivers.js';
import { languageDrivers } from './drivers.js';
import type { Speed } from './speed.js';
import { measureInProcess, measureOver } from './speed.js';
import type { Counts } from './suite.js';
import { runSuite } from './suite.js';

const HEADER = ['language', 'over', 'passed', 'failed', 'skipped', 'read MiB/s', 'write MiB/s', 'stat/s'];

/** `npm run bench:languages [-- <document>]`: the example drivers of all languages, by what they hold and how fast they are. */
async function main(): Promise<void> {
  const [document] = process.argv.slice(2);
  const directory = await mkdtemp(join(process.env.BENCH_DIR ?? tmpdir(), 'outrigger-languages-'));
  try {
    const text = await measureAll(directory);
    print(text);
    if (document !== undefined) await intoDocument(document, 'bench:languages', text);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function measureAll(directory: string): Promise<string> {
  const { lines } = describeMachine('host and driver');
  const makeRoot = () => mkdtemp(join(directory, 'store-'));
  const reference = await measureInProcess(await makeRoot());
  const rows = [['TypeScript', 'in-process', '', '', '', ...speedCells(reference, reference)]];
  for (const driver of languageDrivers(directory)) {
    if ('missing' in driver) rows.push([driver.language, `not here: ${driver.missing}`]);
    else rows.push(...(await rowsOf(driver, reference, directory, makeRoot)));
  }
  const notes = `${lines.join('. ')}. 256 MiB read and written durably (shell: 4 MiB), and stat with 32 in flight; medians of 5, in brackets the ratio to in-process.`;
  return `${notes}\n\n${markdownTable(rows)}`;
}

async function rowsOf(
  { language, executable, planes }: LanguageDriver,
  reference: Speed,
  directory: string,
  makeRoot: () => Promise<string>,
): Promise<string[][]> {
  const counts = await runSuite(executable, await makeRoot(), directory);
  const rows: string[][] = [];
  for (const plane of planes) {
    const speed = await measureOver(plane, executable, await makeRoot(), language === 'shell');
    rows.push([language, plane, ...countCells(counts.get(plane)), ...speedCells(speed, reference)]);
  }
  rows.push([language, 'the protocol', ...countCells(counts.get('protocol')), '', '', '']);
  return rows;
}

function countCells({ passed, failed, skipped }: Counts = { passed: 0, failed: 0, skipped: 0 }): string[] {
  return [passed, failed, skipped].map(String);
}

function speedCells(speed: Speed, reference: Speed): string[] {
  return (['read', 'write', 'calls'] as const).map(
    (what) => `${round(speed[what])} (${round(speed[what] / reference[what], 2)})`,
  );
}

function markdownTable(rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${HEADER.map((_, index) => cells[index] ?? '').join(' | ')} |`;
  return [line(HEADER), line(HEADER.map((_, index) => (index < 2 ? '---' : '---:'))), ...rows.map(line)].join(
    '\n',
  );
}

await runCommand(main);
