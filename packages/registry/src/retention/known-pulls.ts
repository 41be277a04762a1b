import type { RecordedPulls } from './pull-times.js';
import type { Recording } from './recording.js';
import { PULL_PRECISION_MS } from './pull-recorder.js';
import type { When } from './rules.js';
import { UNKNOWN } from './rules.js';

/**
 * What the record says of a pull. Without one a manifest may have been pulled until the recording began, and not later: so rules
 * come to be sure of what is not pulled only as time goes by.
 *
 * @param recording - undefined: nothing is known
 */
export function createPulled(
  { times }: Pick<RecordedPulls, 'times'>,
  recording: Recording | undefined,
): (digest: string) => When {
  if (recording === undefined) return () => UNKNOWN;
  const { since } = recording;
  return (digest) => {
    const time = times.get(digest);
    if (time === undefined) return { earliest: -Infinity, latest: since };
    return { earliest: time, latest: Math.max(time + PULL_PRECISION_MS, since) };
  };
}
