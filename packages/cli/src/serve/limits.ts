import { readFileSync } from 'node:fs';

/** Headers of a request; more are answered with 431. */
export const MAX_HEADERS = 100;

/** Requests on one connection of HTTP/1, after which it is closed; in the strict profile: Distribution closes none. */
export const MAX_REQUESTS_PER_CONNECTION = 1000;

/** Files that the process needs for itself: the log, the channels to the drivers, the store. */
const RESERVED_FILES = 128;
/** A connection needs one, and a second one for the content that it transfers. */
const FILES_PER_CONNECTION = 2;
const FEWEST_CONNECTIONS = 16;
const USUAL_LIMIT = 1024;

/**
 * How many connections are served at a time: as many as leave enough files to serve them with. Beyond it clients get
 * 503, instead of errors in the middle of what others do.
 *
 * @param configured - of the configuration, which is an upper limit
 */
export function connectionLimit(configured: number | undefined, files = openFilesLimit()): number {
  const possible = Math.floor((files - RESERVED_FILES) / FILES_PER_CONNECTION);
  return Math.min(configured ?? Infinity, Math.max(FEWEST_CONNECTIONS, possible));
}

/** The soft limit of open files of this process. */
function openFilesLimit(): number {
  try {
    const [, soft] =
      /^Max open files +(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft === 'unlimited' ? Infinity : Number(soft ?? USUAL_LIMIT);
  } catch {
    return USUAL_LIMIT;
  }
}
