export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** @throws RangeError for no values */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => {
    const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
    if (value === undefined) throw new RangeError('a spread of no values');
    return value;
  };
  return { min: at(0), median: at(0.5), max: at(1) };
}

export function median(values: readonly number[]): number {
  return spreadOf(values).median;
}
