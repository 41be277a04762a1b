/** The long forms run with OUTRIGGER_TEST=full. */
export function scaled<T>(short: T, full: T): T {
  return process.env.OUTRIGGER_TEST === 'full' ? full : short;
}

export const KIB = 1024;
export const MIB = 1024 * KIB;
export const GIB = 1024 * MIB;

/** What vitest allows for a test that may take `short` seconds, `full` in the long form. */
export function seconds(short: number, full = short): number {
  return scaled(short, full) * 1000;
}
