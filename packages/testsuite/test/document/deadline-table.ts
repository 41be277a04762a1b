import { TIMINGS } from '@outrigger/host';
import { code, tableOf } from './conformance-tables.js';

const seconds = (ms: number) => `${String(ms / 1000)} s`;

/** How long the host waits for what, from the numbers that it runs with. */
export function deadlineTable(): string {
  const { describeMs, startMs, silenceMs, idleMs, pingMs, drainMs, backoffMs, maxBackoffMs } = TIMINGS;
  const { shutdownMs, endMs, termMs, waitMs, replaceMs, leaveMs } = TIMINGS;
  return tableOf(
    ['Deadline', 'What has to be there by then', 'What happens otherwise'],
    [
      [seconds(describeMs), 'the end of `--describe`', 'the host goes on without a description'],
      [
        seconds(startMs),
        'the answer to `initialize`, from the start of the process',
        'the driver counts as not started',
      ],
      ['5 s', 'the preamble, from the connection to the data socket on', 'the connection is closed'],
      [
        '5 s',
        'the connection to the data socket, where the answer came first',
        'the read fails as UNAVAILABLE',
      ],
      ['5 s', '`$/progress` for a long request, again and again', 'the idle clock of the request runs'],
      [seconds(silenceMs), 'a sign of life, while an answer is owed', 'a `ping`'],
      [seconds(idleMs), 'a sign of life, while none is owed', 'a `ping`'],
      [seconds(pingMs), 'the answer to `ping`', 'SIGKILL, once the idle limit of the request is over too'],
      [
        '10 s or 30 s',
        'a sign of life of a request: its idle limit, see [the methods](operations.md#the-methods)',
        'as above',
      ],
      [seconds(shutdownMs), 'the answer to `shutdown`', 'stdin is closed'],
      [seconds(endMs), 'the end of the process after the end of stdin', 'SIGTERM to the group'],
      [seconds(termMs), 'the end of the process after SIGTERM', 'SIGKILL of the group'],
      [seconds(drainMs), 'what a driver had written before it ended', 'it is lost'],
      [
        `${seconds(backoffMs)} to ${seconds(maxBackoffMs)}`,
        '(the pause before the next start of a driver that died)',
        '',
      ],
      [
        seconds(waitMs),
        '(a call waits so long for a driver that starts again)',
        'the call fails as UNAVAILABLE',
      ],
      [
        seconds(replaceMs),
        'the end of the open reads and writes of a process that is being replaced; `drainTimeout` changes it',
        'they go on in the new process',
      ],
      [
        seconds(leaveMs),
        'the end of isolated writers, which cannot move, behind that',
        'they fail as UNAVAILABLE',
      ],
    ].map(([deadline = '', ...rest]) => [deadline.startsWith('(') ? code(deadline) : deadline, ...rest]),
  );
}
