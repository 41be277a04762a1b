import { formatTable, round } from '../table.js';
import type { DiskSpeed } from './disk-speed.js';
import type { Figure } from './run-step.js';
import type { Scale } from './scale.js';
import { PARALLEL_PULLS, mib } from './scale.js';
import { REFERENCE } from './servers.js';
import type { Options } from './options.js';
import type { Step } from './step.js';

const NEAR = 0.7;

/** What a server showed in all its steps. */
export interface ServerReport {
  readonly name: string;
  readonly version: string;
  readonly durability: string;
  readonly disk: DiskSpeed | undefined;
  /** The highest of its runs. */
  readonly peakMiB: number;
  /** Its processes at the end of the run that had the peak. */
  readonly processes: readonly { readonly name: string; readonly peakMiB: number }[];
  readonly figures: readonly Figure[];
  /** Steps that did not end well, and why. */
  readonly failures: Readonly<Record<string, string>>;
}

/** The tables, and what a reader has to know of them. */
export function formatReports(
  reports: readonly ServerReport[],
  ceiling: readonly Figure[],
  { steps, scale }: Pick<Options, 'steps' | 'scale'>,
): string {
  const lines = reports.flatMap(({ name, peakMiB, processes, failures }) => {
    const parts = processes.map((each) => `${each.name} ${each.peakMiB.toFixed(0)}`).join(', ');
    const failed = Object.entries(failures).map(([step, why]) => `${name}: ${step} failed: ${why}`);
    return [`${name}: peak ${peakMiB.toFixed(0)} MiB (${parts})`, ...failed];
  });
  const texts = [ratioTable(steps, reports, scale), detailTable(steps, reports), lines.join('\n')];
  return [...texts, describeCeiling(ceiling, steps, reports), notes(scale)]
    .filter((text) => text !== '')
    .join('\n\n');
}

/** One row a step, one column a server; ratios to distribution 3 in brackets. */
function ratioTable(steps: readonly Step[], reports: readonly ServerReport[], scale: Scale): string {
  const reference = reports.find(({ name }) => name === REFERENCE);
  const rows = steps.map((step) => [
    step.title(scale),
    step.unit,
    ...reports.map((report) => cell(step, report, reference)),
    goalsOf(step),
  ]);
  const header = ['step', 'unit', ...reports.map(({ name }) => name), 'wanted'];
  return formatTable(header, [...rows, ...diskRows(reports, scale), memoryRow(reports)]);
}

/** Everything else about each step and server. */
function detailTable(steps: readonly Step[], reports: readonly ServerReport[]): string {
  const rows = steps.flatMap((step) =>
    reports.flatMap(({ name, figures }) => {
      const figure = figures.find((each) => each.step === step.name);
      return figure === undefined ? [] : [detailRow(step, name, figure)];
    }),
  );
  const header = [
    'step',
    'server',
    'figure',
    'p50 ms',
    'p99 ms',
    'server CPU',
    'client busy',
    'peak RSS MiB',
  ];
  return formatTable(header, rows);
}

function cell(step: Step, report: ServerReport, reference: ServerReport | undefined): string {
  if (report.failures[step.name] !== undefined) return 'failed';
  const value = valueOf(step, report);
  const base = valueOf(step, reference);
  if (value === undefined) return '';
  const text = inUnit(step, value);
  return base === undefined || report === reference ? text : `${text} (${round(value / base, 2)})`;
}

function valueOf({ name }: Step, report: ServerReport | undefined): number | undefined {
  return report?.figures.find(({ step }) => step === name)?.value;
}

function detailRow(step: Step, server: string, figure: Figure): string[] {
  return [
    step.name,
    server,
    `${inUnit(step, figure.value)} ${step.unit}`,
    round(figure.p50Ms ?? Number.NaN, 2),
    round(figure.p99Ms ?? Number.NaN, 2),
    step.unit === 'MiB/s'
      ? `${round(figure.cpuPerThousand * 1.024, 2)} s/GiB`
      : `${round(figure.cpuPerThousand * 1000)} us each`,
    round(figure.clientBusy, 2),
    round(figure.peakMiB),
  ];
}

function inUnit({ unit }: Step, value: number): string {
  return round(value, unit === 'ms' || value < 100 ? 1 : 0);
}

function goalsOf({ goals }: Step): string {
  return Object.entries(goals)
    .map(([server, goal]) => (server === 'outrigger' ? goal : `${goal} ${server.replace('outrigger-', '')}`))
    .join(', ');
}

function diskRows(reports: readonly ServerReport[], { largeBytes }: Scale): string[][] {
  if (reports.every(({ disk }) => disk === undefined)) return [];
  const row = (title: string, unit: string, pick: (disk: DiskSpeed) => number) => [
    title,
    unit,
    ...reports.map(({ disk }) => (disk === undefined ? '' : round(pick(disk)))),
    '',
  ];
  return [
    row(`the disk then: ${mib(largeBytes)} MiB + fdatasync`, 'MiB/s', ({ mibPerSecond }) => mibPerSecond),
    row('the disk then: 4 KiB files, synced', '/s', ({ smallFilesPerSecond }) => smallFilesPerSecond),
  ];
}

function memoryRow(reports: readonly ServerReport[]): string[] {
  const peaks = reports.map(({ peakMiB }) => round(peakMiB));
  return ['peak RSS, all processes', 'MiB', ...peaks, '<= 250'];
}

/** A figure near it says more about the client than about the server. */
function describeCeiling(
  ceiling: readonly Figure[],
  steps: readonly Step[],
  reports: readonly ServerReport[],
): string {
  const figures = reports.flatMap((report) => report.figures);
  return ceiling
    .map(({ step, value }) => {
      const unit = steps.find(({ name }) => name === step)?.unit ?? '';
      const near = figures.filter((each) => each.step === step && each.value > value * NEAR);
      const warning = near.length === 0 ? '' : `; NEAR IT: ${near.map(({ server }) => server).join(', ')}`;
      return `the client alone, ${step}: ${round(value)} ${unit}${warning}`;
    })
    .join('\n');
}

/** What a reader has to know of the steps. */
function notes(scale: Scale): string {
  return [
    `Median of ${scale.rounds} rounds after a warm-up; in brackets the ratio to ${REFERENCE}. Requests: ${scale.requestSeconds} s a round.`,
    `${PARALLEL_PULLS} pulls: a blob for each. Images: HEAD, POST, PUT a blob, one after the other, then GET of everything.`,
    `${scale.distinct} objects, drawn uniformly: as many blobs of 4 KiB (${round((scale.distinct * 4096) / 1048576)} MiB) and manifests of about 2 KiB (${round((scale.distinct * 2048) / 1048576)} MiB), written to`,
    'the disk before the start; against them Outrigger keeps 32 MiB of content and 50,000 sizes, Distribution 10,000 descriptors.',
    'Client busy: share of one core that the client used. Server CPU and peak RSS: all processes of the server, watchdog and driver included.',
  ].join('\n');
}
