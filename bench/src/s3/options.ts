import { parseArgs } from 'node:util';
import type { Load } from './matrix.js';
import { MATRIX } from './matrix.js';
import type { SubjectName } from './subjects.js';
import { SUBJECTS } from './subjects.js';

export interface Options {
  readonly loads: readonly Load[];
  readonly subjects: readonly SubjectName[];
  /** Whether requests and bytes are counted, in a run of their own through a proxy. */
  readonly counts: boolean;
  /** Takes the figures as JSON. */
  readonly json: string | undefined;
}

export const USAGE = `npm run bench:s3 [-- <options>]
  --sizes <name,...>      in MiB, of ${MATRIX.map(({ name }) => name).join(', ')}; default: all
  --subjects <name,...>   of ${SUBJECTS.join(', ')}; default: all
  --rounds <n>            rounds of each operation instead of 5, 3 or 1, depending on the size; the median counts
  --no-counts             do not count requests and bytes
  --json <file>           all figures
`;

/** @throws Error for options that mean nothing */
export function readOptions(args: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      sizes: { type: 'string' },
      subjects: { type: 'string' },
      rounds: { type: 'string' },
      counts: { type: 'boolean', default: true },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0))
    throw new Error('--rounds must be a whole number above 0');
  const names = choose(
    'size',
    values.sizes,
    MATRIX.map(({ name }) => name),
  );
  return {
    loads: MATRIX.filter(({ name }) => names.includes(name)).map((load) => ({
      ...load,
      rounds: rounds ?? load.rounds,
    })),
    subjects: choose('subject', values.subjects, SUBJECTS),
    counts: values.counts,
    json: values.json,
  };
}

function choose<T extends string>(kind: string, text: string | undefined, all: readonly T[]): readonly T[] {
  if (text === undefined) return all;
  const names = text.split(',');
  for (const name of names) {
    if (all.every((each) => each !== name))
      throw new Error(`no ${kind} ${name}: there are ${all.join(', ')}`);
  }
  return all.filter((each) => names.includes(each));
}
