import { type RetryOptions, withRetries } from '@outrigger/object-store';
import { RequestFailure } from './request-failure.js';

const FIRST_DELAY_MS = 500;

/** Tries a request again that failed for a moment, as often as Distribution does. Only for what may be done twice. */
export function retrying<T>(task: (attempt: number) => Promise<T>, options: RetryOptions = {}): Promise<T> {
  return withRetries(task, {
    ...options,
    faultOf: (error) => (error instanceof RequestFailure ? error : undefined),
    boundMs: (attempt) => FIRST_DELAY_MS * 2 ** (attempt - 1),
  });
}
