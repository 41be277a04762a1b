import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { StorageDriver } from '@outrigger/driver';
import type { OpenStores } from './open-store.js';
import { supervisedDriver } from './supervised-driver.js';

export interface DebugVars {
  snapshot(): object;
  close(): void;
}

/** What Go's expvar shows at /debug/vars, as far as it means something here. No environment, no arguments. */
export function createDebugVars(version: string, [main, ...others]: OpenStores): DebugVars {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  return {
    snapshot() {
      return {
        version,
        node: process.version,
        uptimeSeconds: process.uptime(),
        memory: process.memoryUsage(),
        cpuMicroseconds: process.cpuUsage(),
        maxRssKiB: process.resourceUsage().maxRSS,
        eventLoopDelayMs: {
          mean: delay.mean / 1e6,
          p99: delay.percentile(99) / 1e6,
          max: delay.max / 1e6,
        },
        driver: describe(main.driver),
        ...(others.length === 0
          ? {}
          : { stores: others.map(({ prefix, driver }) => ({ prefix, driver: describe(driver) })) }),
      };
    },
    close: () => delay.disable(),
  };
}

function describe(driver: StorageDriver): object {
  const { state, name, restarts, dataPlanes } = supervisedDriver(driver)?.status() ?? {};
  return { name: name ?? driver.name, state, restarts, dataPlanes };
}
