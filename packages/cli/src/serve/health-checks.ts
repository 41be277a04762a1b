import type { Logger } from '@outrigger/registry';

/** Rejects or answers a reason when something is wrong. The reason is seen by others: it tells nothing of the backend. */
export type Check = (signal: AbortSignal) => Promise<string | undefined>;

export interface NamedCheck {
  readonly name: string;
  readonly check: Check;
  readonly intervalMs: number;
  /** Failures in a row that make it unhealthy. */
  readonly threshold: number;
  readonly timeoutMs: number;
}

export interface HealthChecks {
  /** What is wrong, by the name of its check; empty when all is well. */
  failing(): Readonly<Record<string, string>>;
  readonly isHealthy: boolean;
  close(): void;
}

/** Looks at everything in turns, each thing in its own time, never twice at once. */
export function startHealthChecks(checks: readonly NamedCheck[], log: Logger): HealthChecks {
  const failing = new Map<string, string>();
  const stopped = new AbortController();
  const timers = checks.map((check) => watch(check, { failing, stopped: stopped.signal, log }));
  return {
    failing: () => Object.fromEntries(failing),
    get isHealthy() {
      return failing.size === 0;
    },
    close() {
      stopped.abort();
      for (const timer of timers) clearInterval(timer);
    },
  };
}

interface Watching {
  readonly failing: Map<string, string>;
  readonly stopped: AbortSignal;
  readonly log: Logger;
}

function watch(check: NamedCheck, { failing, stopped, log }: Watching): NodeJS.Timeout {
  const { name, threshold } = check;
  let failures = 0;
  let isBusy = false;
  const look = async () => {
    if (isBusy) return;
    isBusy = true;
    const reason = await resultOf(check, stopped);
    isBusy = false;
    if (stopped.aborted) return;
    const wasFailing = failing.has(name);
    failures = reason === undefined ? 0 : failures + 1;
    if (reason === undefined) failing.delete(name);
    else if (failures >= threshold) failing.set(name, reason);
    if (failing.has(name) && !wasFailing) log.error({ check: name, reason }, 'a health check fails');
    else if (wasFailing && reason === undefined) log.info({ check: name }, 'a health check is well again');
  };
  void look();
  return setInterval(() => void look(), check.intervalMs).unref();
}

async function resultOf({ check, timeoutMs }: NamedCheck, stopped: AbortSignal): Promise<string | undefined> {
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    return await check(AbortSignal.any([deadline, stopped]));
  } catch {
    return deadline.aborted ? 'no answer in time' : 'the check failed';
  }
}
