import type { ServiceInputTypes, ServiceOutputTypes } from '@aws-sdk/client-s3';
import { log } from '@outrigger/object-store';
import type { FinalizeRequestMiddleware } from '@smithy/types';
import type { LogLevel } from './config.js';
import { readFault } from './fault.js';

/**
 * A line for every request, or for those alone that failed or were tried again, as `loglevel` says. Undefined: for none.
 * What the levels of Go's SDK would show of signatures and bodies is never shown.
 */
export function logRequests(
  level: LogLevel,
): FinalizeRequestMiddleware<ServiceInputTypes, ServiceOutputTypes> | undefined {
  if (level === 'off') return undefined;
  const failuresOnly = level === 'debugwithrequesterrors' || level === 'debugwithrequestretries';
  return (next, context) => async (args) => {
    const start = performance.now();
    const action = (context.commandName ?? '').replace(/Command$/, '');
    const key = 'Key' in args.input && typeof args.input.Key === 'string' ? ` ${args.input.Key}` : '';
    const show = (outcome: string) => {
      const took = String(Math.round(performance.now() - start));
      log('info', `${action}${key}: ${outcome} after ${took} ms`);
    };
    try {
      const answer = await next(args);
      if (!failuresOnly) show('answered');
      return answer;
    } catch (error) {
      const { status, code } = readFault(error);
      show(`failed with ${status === undefined ? '' : `${String(status)} `}${code}`);
      throw error;
    }
  };
}
