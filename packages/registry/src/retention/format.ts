const UNITS = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const;

/** Milliseconds as they are written in a configuration. */
export function formatDuration(ms: number): string {
  for (const [unit, length] of UNITS)
    if (ms >= length && ms % length === 0) return `${String(ms / length)}${unit}`;
  return ms === 0 ? '0s' : `${String(ms)}ms`;
}

/** To the second, UTC. */
export function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** 1st, 2nd, 3rd, 4th. */
export function ordinal(place: number): string {
  const tens = place % 100;
  const suffix = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][place % 10] ?? 'th');
  return `${String(place)}${suffix}`;
}
