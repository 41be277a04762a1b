import { type RetryOptions, withRetries } from '@outrigger/object-store';
import { RequestFailure } from './failure.js';

const FIRST_DELAY_MS = 200;
const MAX_DELAY_MS = 8_000;

/** Tries a request again that failed for a moment. Everything of Swift may be done twice. */
export function retrying<T>(task: () => Promise<T>, options: RetryOptions = {}): Promise<T> {
  return withRetries(task, {
    ...options,
    faultOf: (error) => (error instanceof RequestFailure ? error : undefined),
    boundMs: (attempt) => Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1)),
  });
}
