/** A part of every day, in minutes since midnight, UTC. It may go over midnight. */
export interface DailyWindow {
  readonly from: number;
  readonly to: number;
}

const DAY_MS = 24 * 3_600_000;
const MINUTE_MS = 60_000;

/** Reads `02:00-05:00`; undefined for anything else, and for a window of no length. */
export function parseWindow(text: string): DailyWindow | undefined {
  const match = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  if (match === null) return undefined;
  const [hour = 0, minute = 0, toHour = 0, toMinute = 0] = match.slice(1).map(Number);
  const window = { from: hour * 60 + minute, to: toHour * 60 + toMinute };
  return window.from === window.to ? undefined : window;
}

/**
 * The first opening that ends after a moment: the one that it is in, or the next one. Milliseconds since 1970.
 */
export function openingAt(
  { from, to }: DailyWindow,
  now: number,
): { readonly opens: number; readonly closes: number } {
  const lengthMs = ((to - from + 24 * 60) % (24 * 60)) * MINUTE_MS;
  // Yesterday's may reach over midnight.
  const yesterday = Math.floor(now / DAY_MS) * DAY_MS - DAY_MS + from * MINUTE_MS;
  for (let opens = yesterday; ; opens += DAY_MS)
    if (opens + lengthMs > now) return { opens, closes: opens + lengthMs };
}
