/** A figure that a load has to keep, and what it was. */
export interface Check {
  readonly what: string;
  readonly goal: string;
  readonly found: string;
  readonly kept: boolean;
}

export interface LoadOptions {
  /** Sizes, lengths and counts that the command line gave, by the name of the option. */
  readonly number: (name: string, fallback: number) => number;
  readonly list: (name: string, fallback: readonly number[]) => readonly number[];
  /** Servers to compare, for the load that does so. */
  readonly servers: readonly string[];
  readonly print: (text: string) => void;
}

export interface Load {
  /** As reliability tables name it: L01. */
  readonly name: string;
  readonly title: string;
  /** Options and their defaults, a line each. */
  readonly options: readonly string[];
  run(options: LoadOptions): Promise<readonly Check[]>;
}

export function atMost(what: string, limit: number, found: number, unit: string): Check {
  return { what, goal: `<= ${limit} ${unit}`, found: `${format(found)} ${unit}`, kept: found <= limit };
}

export function atLeast(what: string, limit: number, found: number, unit: string): Check {
  return { what, goal: `>= ${limit} ${unit}`, found: `${format(found)} ${unit}`, kept: found >= limit };
}

function format(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 2 : 1);
}
