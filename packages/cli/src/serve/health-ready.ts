import type { HealthChecks } from './health-checks.js';
import type { CheckedStore } from './health-kinds.js';
import { checkStorage } from './health-kinds.js';
import { supervisedDriver } from './supervised-driver.js';

export interface Readiness {
  /** The registry listens: before, it is not ready. */
  begin(): void;
  /** From now on the registry is not ready: it ends. */
  drain(): void;
  /** Why clients should not come now, by the name of what is wrong; empty when they should. Never rejects. */
  obstacles(): Promise<Readonly<Record<string, string>>>;
}

const STORAGE_MS = 2_000;
/** However often it is asked for, the storage is looked at once in so many ms. */
const FRESH_MS = 1_000;

/** Whether clients are served well: whoever balances load asks. */
export function createReadiness(stores: readonly CheckedStore[], checks: HealthChecks): Readiness {
  const looks = stores.map(createLook);
  let phase: 'starting' | 'serving' | 'draining' = 'starting';
  return {
    begin: () => {
      phase = 'serving';
    },
    drain: () => {
      phase = 'draining';
    },
    async obstacles() {
      if (phase === 'starting') return { starting: 'the registry does not listen yet' };
      if (phase === 'draining') return { draining: 'the registry is about to end' };
      const found = await Promise.all(looks.map((look) => look()));
      return Object.assign({ ...checks.failing() }, ...found) as Record<string, string>;
    },
  };
}

/** What is wrong with a store now, by name. */
function createLook({ prefix, driver }: CheckedStore): () => Promise<Readonly<Record<string, string>>> {
  const supervised = supervisedDriver(driver);
  const check = checkStorage(driver);
  const named = (name: string) => (prefix === undefined ? name : `${name} (${prefix})`);
  let last: { readonly at: number; readonly reason: Promise<string | undefined> } | undefined;
  return async () => {
    // No call is made that would wait for a driver which is known to be away.
    if (supervised?.status().state === 'open')
      return { [named('driver')]: 'the driver keeps failing to start' };
    const now = performance.now();
    if (last === undefined || now - last.at > FRESH_MS) {
      const reason = check(AbortSignal.timeout(STORAGE_MS)).catch(
        () => 'the storage does not answer in time',
      );
      last = { at: now, reason };
    }
    const reason = await last.reason;
    return reason === undefined ? {} : { [named('storage')]: reason };
  };
}
