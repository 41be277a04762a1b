import type { Check, Outcome } from './check.js';
import { Finding, notTried, ok } from './check.js';
import type { Examination } from './examination.js';
import type { Subject } from './subject.js';

/** Signatures of requests are good for 5 to 15 minutes around the store's time. */
const MAX_SKEW_MS = 5 * 60_000;

/** How stores say that a request comes from another time. */
const SKEW = /RequestTimeTooSkewed|RequestExpired|skew/i;

/** Compares this machine's clock with the time that the store gives to an object. */
export function checkClock(subject: Subject, examination: Examination): Check {
  return {
    id: 'clock',
    what: "compare the store's clock with this machine's",
    run: async (signal) => {
      const said = examination.results.find(({ detail }) => detail !== undefined && SKEW.test(detail));
      if (said !== undefined)
        throw new Finding(`the store refused to "${said.what}" because of the time: see there`);
      return examination.passed('write') ? compare(subject, signal) : notTried(examination.whyNot('write'));
    },
  };
}

async function compare(subject: Subject, signal: AbortSignal): Promise<Outcome> {
  const path = subject.at('clock');
  const before = Date.now();
  await subject.store.put(path, Buffer.from('time'), { signal });
  const after = Date.now();
  const { modTime } = await subject.store.stat(path, { signal });
  const time = modTime.getTime();
  // Times of a second's resolution lie up to a second before.
  const skew = time < before - 1000 ? time - before : time > after ? time - after : 0;
  const words = `${seconds(Math.abs(skew))} ${skew < 0 ? 'behind' : 'ahead of'} this machine`;
  if (Math.abs(skew) > MAX_SKEW_MS)
    throw new Finding(
      `the store's clock is ${words}: signed requests and URLs fail, and uploads are purged too early or too late`,
    );
  return ok(skew === 0 ? 'they agree' : `the store's clock is ${words}`);
}

function seconds(ms: number): string {
  return ms < 120_000 ? `${(ms / 1000).toFixed(1)} s` : `${String(Math.round(ms / 60_000))} minutes`;
}
