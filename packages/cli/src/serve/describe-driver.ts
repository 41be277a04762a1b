import type { StorageDriver } from '@outrigger/driver';
import type { ControlledDriver } from './control-protocol.js';
import type { OpenStore } from './open-store.js';
import { supervisedDriver } from './supervised-driver.js';

/** How a driver is at this moment. */
export function describeDriver(driver: StorageDriver, name: string): ControlledDriver {
  const status = supervisedDriver(driver)?.status();
  if (status === undefined) return { name, state: 'in-process' };
  const { state, version, pid, restarts, dataPlanes, path, realPath, lastError, draining } = status;
  return {
    name,
    state,
    version,
    pid,
    restarts,
    breaker: state === 'open' ? 'open' : 'closed',
    dataPlanes: [...dataPlanes],
    path,
    realPath,
    lastError,
    draining: [...draining],
  };
}

/** That of a store. */
export function describeStore({ prefix, config, driver }: OpenStore): ControlledDriver {
  const described = describeDriver(driver, config.storage.driver);
  return prefix === undefined ? described : { ...described, store: prefix };
}
