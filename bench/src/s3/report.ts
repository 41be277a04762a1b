import { formatTable, round } from '../table.js';
import type { OperationCounts } from './count.js';
import type { Load } from './matrix.js';
import { MIB, titleOf } from './matrix.js';
import type { Speeds } from './measure.js';

/** What was found out of one subject, by the names of the loads. */
export interface SubjectReport {
  readonly subject: string;
  readonly speeds: Readonly<Record<string, Speeds>>;
  readonly counts: Readonly<Record<string, OperationCounts>>;
}

/** One table of speeds for all, and one of requests and bytes. */
export function formatReports(reports: readonly SubjectReport[], loads: readonly Load[]): string {
  return [
    'MiB/s, all blobs of a load at once',
    formatTable(
      ['', ...loads.map(titleOf)],
      reports.flatMap((report) => speedRows(report, loads)),
    ),
    ...(reports.some(({ counts }) => Object.keys(counts).length > 0)
      ? [
          '\nrequests to S3 of one operation, and MiB in and out of it',
          formatTable(COUNT_HEADER, countRows(reports, loads)),
        ]
      : []),
    ...goalLines(reports, loads),
  ].join('\n');
}

const COUNT_HEADER = ['', 'load', 'requests', 'MiB sent', 'MiB received', 'which'];

function speedRows({ subject, speeds }: SubjectReport, loads: readonly Load[]): string[][] {
  const operations = new Set(Object.values(speeds).flatMap((each) => Object.keys(each)));
  return [...operations].map((operation) => [
    `${subject}: ${operation}`,
    ...loads.map(({ name }) => round(speeds[name]?.[operation] ?? Number.NaN)),
  ]);
}

function countRows(reports: readonly SubjectReport[], loads: readonly Load[]): string[][] {
  return reports.flatMap(({ subject, counts }) =>
    loads.flatMap((load) =>
      Object.entries(counts[load.name] ?? {}).map(([operation, { requests, sent, received }]) => [
        `${subject}: ${operation}`,
        titleOf(load),
        String(Object.values(requests).reduce((sum, count) => sum + count, 0)),
        round(sent / MIB, 1),
        round(received / MIB, 1),
        Object.entries(requests)
          .map(([kind, count]) => `${count} ${kind}`)
          .join(', '),
      ]),
    ),
  );
}

/** What is wanted: a ratio of two figures of the same load. */
const GOALS: readonly {
  what: string;
  of: readonly [string, string];
  to: readonly [string, string];
  wanted: string;
}[] = [
  ...['distribution3', 'registry2'].flatMap((peer) => [
    goal('POST+PUT', ['outrigger', 'POST+PUT'], [peer, 'POST+PUT'], '>= 1.5'),
    goal('POST+PATCH+PUT', ['outrigger', 'POST+PATCH+PUT'], [peer, 'POST+PATCH+PUT'], '>= 1.1'),
  ]),
  goal('pull', ['outrigger', 'pull, redirected'], ['outrigger', 'GET of the signed URLs'], '>= 0.95'),
  goal('pull', ['outrigger', 'pull, redirected'], ['s5cmd', 'pull'], '>= 0.95'),
  goal('POST+PUT', ['outrigger', 'POST+PUT'], ['oras-s3fs', 'push'], '> 1 from 64 MiB'),
];

function goal(what: string, of: readonly [string, string], to: readonly [string, string], wanted: string) {
  return { what, of, to, wanted };
}

function goalLines(reports: readonly SubjectReport[], loads: readonly Load[]): string[] {
  const speed = ([subject, operation]: readonly [string, string], { name }: Load) =>
    reports.find((report) => report.subject === subject)?.speeds[name]?.[operation];
  const rows = GOALS.flatMap(({ what, of, to, wanted }) => {
    const ratios = loads.map((load) => (speed(of, load) ?? Number.NaN) / (speed(to, load) ?? Number.NaN));
    if (ratios.every(Number.isNaN)) return [];
    return [[`${what}, to ${to.join(': ')}`, ...ratios.map((ratio) => round(ratio, 2)), wanted]];
  });
  if (rows.length === 0) return [];
  return ['\nratios of outrigger', formatTable(['', ...loads.map(titleOf), 'wanted'], rows)];
}
