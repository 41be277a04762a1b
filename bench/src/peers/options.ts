import { parseArgs } from 'node:util';
import type { Scale } from './scale.js';
import { FULL, QUICK } from './scale.js';
import type { Server } from './servers.js';
import { SERVERS } from './servers.js';
import type { Step } from './step.js';
import { STEPS } from './steps/all-steps.js';

export interface Options {
  readonly steps: readonly Step[];
  readonly servers: readonly Server[];
  readonly scale: Scale;
  /** Takes the figures as JSON. */
  readonly json: string | undefined;
  /** A Markdown file that takes the tables, see into-document.ts. */
  readonly into: string | undefined;
  /** Keeps the store that is larger than the caches from run to run. */
  readonly store: string | undefined;
  /** Whether `--only` was given. */
  readonly chosen: boolean;
  readonly ceiling: boolean;
}

export const USAGE = `npm run bench:peers [-- <options>]
  --only <step,...>       of ${STEPS.map(({ name }) => name).join(', ')}
  --servers <name,...>    of ${SERVERS.map(({ name }) => name).join(', ')}
  --quick                 little of everything, to see that it works
  --rounds <n>            rounds of each step instead of ${FULL.rounds}; the median counts
  --seconds <n>           length of a round of requests instead of ${FULL.requestSeconds}
  --distinct <n>          objects of the store that is larger than the caches instead of ${FULL.distinct}
  --store <dir>           keeps that store there for the next run
  --json <file>           figures of every round
  --into <file.md>        puts the tables into the place marked for them, as in docs/operations/performance.md
  --no-ceiling            do not measure what the client could reach at best
`;

/** @throws Error for options that mean nothing */
export function readOptions(args: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      only: { type: 'string' },
      servers: { type: 'string' },
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      distinct: { type: 'string' },
      store: { type: 'string' },
      json: { type: 'string' },
      into: { type: 'string' },
      ceiling: { type: 'boolean', default: true },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const base = values.quick ? QUICK : FULL;
  return {
    steps: choose('step', values.only, STEPS),
    servers: choose('server', values.servers, SERVERS),
    scale: {
      ...base,
      rounds: numberOr(values.rounds, base.rounds),
      requestSeconds: numberOr(values.seconds, base.requestSeconds),
      distinct: numberOr(values.distinct, base.distinct),
    },
    json: values.json,
    into: values.into,
    store: values.store,
    chosen: values.only !== undefined,
    ceiling: values.ceiling,
  };
}

function choose<T extends { readonly name: string }>(
  kind: string,
  text: string | undefined,
  all: readonly T[],
): readonly T[] {
  if (text === undefined) return all;
  const names = text.split(',');
  for (const name of names) {
    if (all.every((each) => each.name !== name))
      throw new Error(`no ${kind} ${name}: there are ${all.map((each) => each.name).join(', ')}`);
  }
  return all.filter(({ name }) => names.includes(name));
}

function numberOr(text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${text} is not a number above 0`);
  return value;
}
