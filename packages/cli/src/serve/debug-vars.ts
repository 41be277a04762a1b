import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { StorageDriver } from '@outrigger/driver';
import { supervisedDriver } from './supervised-driver.js';

export interface DebugVars {
  snapshot(): object;
  close(): void;
}

/** What Go's expvar shows at /debug/vars, as far as it means something here. No environment, no arguments. */
export function createDebugVars(version: string, driver: StorageDriver): DebugVars {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  return {
    snapshot() {
      const { state, name, restarts, dataPlanes } = supervisedDriver(driver)?.status() ?? {};
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
        driver: { name: name ?? driver.name, state, restarts, dataPlanes },
      };
    },
    close: () => delay.disable(),
  };
}
