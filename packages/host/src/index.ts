export { cleanText } from './clean-text.js';
export { describeDriver, listDrivers } from './describe-driver.js';
export type { DriverInfo, ListedDriver } from './describe-driver.js';
export {
  DriverStartError,
  InvalidStorageDriverError,
  RefusedExecutableError,
  RefusedSuccessorError,
} from './driver-errors.js';
export { driverEnvironment } from './environment.js';
export { DRIVER_NAME_PATTERN, executableName, isDriverName } from './driver-name.js';
export { DriverRegistry } from './driver-registry.js';
export { DriverExitError } from './exit-error.js';
export type { LogLevel, Logger } from './logger.js';
export type { DrainingProcess, DriverStatus } from './driver-status.js';
export { DriverMetrics, LATENCY_BOUNDS_MS } from './metrics.js';
export type { ActionMetrics, DriverMetricsSnapshot } from './metrics.js';
export { openDriver } from './open-driver.js';
export type { DriverSearch, OpenDriverOptions, ReloadOptions, SupervisedDriver } from './open-driver.js';
export type { DriverHostOptions } from './options.js';
export type { DriverState } from './supervisor.js';
export { MASK, findSecrets } from './secrets.js';
export type { Secrets } from './secrets.js';
export { TIMINGS } from './timings.js';
export type { Timings } from './timings.js';
export type { TraceEntry } from './trace.js';
