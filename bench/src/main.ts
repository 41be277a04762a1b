import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureBareRead } from './bare-read.js';
import { localStat, measureLatency, measureLatencyUnderRead, measureRate } from './calls.js';
import { print } from './command.js';
import { startEcho } from './echo.js';
import { measureMemory } from './memory.js';
import type { Subject } from './subject.js';
import { openInProcess, openOverIpc } from './subject.js';
import { formatTable, round } from './table.js';
import type { TransferFigure, TransferOptions } from './transfers.js';
import { measureReads, measureWrites, writeWhole } from './transfers.js';

const MIB = 1024 * 1024;
const LARGE = { path: '/bench/large', size: 256 * MIB };
const SIZES: readonly (TransferOptions & { readonly label: string })[] = [
  { label: '4 KiB', size: 4096, count: 500, runs: 5 },
  { label: '1 MiB', size: MIB, count: 64, runs: 5 },
  { label: '256 MiB', size: LARGE.size, count: 1, runs: 5 },
];
const WRITES = SIZES.map((size) => (size.size === 4096 ? { ...size, count: 50 } : size));
const PLANES = ['file', 'socket', 'inline'] as const;
const IN_FLIGHT = 32;

/** `npm run bench [-- --memory]`: the filesystem driver in-process against the same driver over IPC, in one run. */
async function main(): Promise<void> {
  const root = await mkdtemp(join(process.env.BENCH_DIR ?? tmpdir(), 'outrigger-bench-store-'));
  const subjects: Subject[] = [];
  try {
    subjects.push(await openInProcess(root));
    for (const plane of PLANES) subjects.push(await openOverIpc(root, plane));
    print(
      `Node ${process.version}, ${String(cpus().length)} x ${cpus()[0]?.model ?? 'CPU'}; median of 5 runs, ratios to in-process`,
    );
    if (process.argv.includes('--memory')) await reportMemory(subjects);
    else await reportSpeed(subjects, root);
  } finally {
    for (const subject of subjects) await subject.close();
    await rm(root, { recursive: true, force: true });
  }
}

async function reportSpeed(subjects: readonly Subject[], root: string): Promise<void> {
  const first = subjects[0];
  if (first === undefined) return;
  await writeWhole(first.driver, LARGE.path, Buffer.alloc(MIB, 'outrigger'), LARGE.size);
  for (const { label, size } of SIZES) {
    if (size !== LARGE.size)
      await writeWhole(first.driver, pathOf(label), Buffer.alloc(size, 'outrigger'), size);
  }
  const bare = await measureBareRead(join(root, LARGE.path), LARGE.size, 5);
  print(`\nbare fs.read loop, 256 MiB into a reused 1 MiB buffer: ${round(bare)} MiB/s`);
  for (const size of SIZES) {
    const path = size.size === LARGE.size ? LARGE.path : pathOf(size.label);
    await reportTransfers(`read ${size.label}`, subjects, (subject) => measureReads(subject, path, size));
  }
  for (const size of WRITES) {
    await reportTransfers(`write ${size.label}, durable`, subjects, (subject) =>
      measureWrites(subject, '/bench/written', size),
    );
  }
  await reportCalls(subjects, root);
}

function pathOf(label: string): string {
  return `/bench/${label.replace(' ', '')}`;
}

async function reportTransfers(
  title: string,
  subjects: readonly Subject[],
  measure: (subject: Subject) => Promise<TransferFigure>,
): Promise<void> {
  const rows: string[][] = [];
  let reference = Number.NaN;
  for (const subject of subjects) {
    const figure = await measure(subject);
    if (Number.isNaN(reference)) reference = figure.mibPerSecond;
    const { mibPerSecond, hostCpu, driverCpu } = figure;
    rows.push([
      subject.label,
      round(mibPerSecond, 1),
      round(mibPerSecond / reference, 2),
      round(hostCpu, 3),
      round(driverCpu, 3),
    ]);
  }
  print(`\n${formatTable([title, 'MiB/s', 'ratio', 'host CPU s', 'driver CPU s'], rows)}`);
}

async function echoRow(reference: number): Promise<string[]> {
  const echo = startEcho();
  await measureLatency(echo.call, 2000);
  const { median, p99 } = await measureLatency(echo.call, 5000);
  await echo.close();
  return [
    'echo of a child, no protocol',
    round(median, 1),
    round(p99, 1),
    round(median / reference, 2),
    '',
    '',
    '',
  ];
}

async function reportCalls(subjects: readonly Subject[], root: string): Promise<void> {
  const local = () => localStat(join(root, LARGE.path));
  await measureLatency(local, 2000);
  const yardstick = await measureLatency(local, 5000);
  const rate = await measureRate(local, IN_FLIGHT, 20_000, 5);
  const rows = [
    ['fs.stat of Node', round(yardstick.median, 1), round(yardstick.p99, 1), '1.00', round(rate), '1.00', ''],
  ];
  rows.push(await echoRow(yardstick.median));
  for (const { label, driver } of subjects) {
    const call = () => driver.stat(LARGE.path);
    await measureLatency(call, 2000);
    const alone = await measureLatency(call, 5000);
    const calls = await measureRate(call, IN_FLIGHT, 20_000, 5);
    const busy = await measureLatencyUnderRead(driver, LARGE, call, 2000);
    rows.push([
      label,
      round(alone.median, 1),
      round(alone.p99, 1),
      round(alone.median / yardstick.median, 2),
      round(calls),
      round(calls / rate, 2),
      round(busy.median / 1000, 3),
    ]);
  }
  const header = [
    'stat',
    'p50 us',
    'p99 us',
    'x fs.stat',
    `calls/s, ${String(IN_FLIGHT)} in flight`,
    'ratio',
    'p50 ms under a read',
  ];
  print(`\n${formatTable(header, rows)}`);
}

async function reportMemory(subjects: readonly Subject[]): Promise<void> {
  const rows: string[][] = [];
  for (const subject of subjects) {
    for (const gib of subject.label === 'ipc inline' ? [0.25] : [0.25, 4]) {
      const { host, driver } = await measureMemory(subject, '/bench/memory', gib * 1024 * MIB);
      rows.push([subject.label, String(gib), round(host), round(driver)]);
    }
  }
  print(`\n${formatTable(['one object in and out', 'GiB', 'host peak MiB', 'driver peak MiB'], rows)}`);
}

await main();
