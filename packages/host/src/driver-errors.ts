import { DRIVER_NAME_PATTERN, executableName, isDriverName } from './driver-name.js';

/** No driver of that name: neither registered nor found as an executable. */
export class InvalidStorageDriverError extends Error {
  override readonly name = 'InvalidStorageDriverError';
  readonly driver: string;
  /** The directories that were searched, each with what was wrong there, if anything. */
  readonly searched: readonly string[];

  constructor(driver: string, searched: readonly string[]) {
    super(
      `StorageDriver not registered: ${isDriverName(driver) ? driver : quote(driver)} (${why(driver, searched)})`,
    );
    this.driver = driver;
    this.searched = searched;
  }
}

/** An executable that was found and may not be run. */
export class RefusedExecutableError extends Error {
  override readonly name = 'RefusedExecutableError';
  readonly driver: string;
  readonly path: string;
  readonly reason: string;

  constructor(driver: string, path: string, reason: string) {
    super(`storage driver ${driver}: ${path} is refused: ${reason}`);
    this.driver = driver;
    this.path = path;
    this.reason = reason;
  }
}

/** A driver did not start. One line that names the driver, its executable, how it ended and what it last said. */
export class DriverStartError extends Error {
  override readonly name = 'DriverStartError';
  readonly driver: string;
  readonly path: string;

  constructor(driver: string, path: string, what: string, cause?: unknown) {
    super(`storage driver ${driver} did not start (${path}): ${what}`, cause === undefined ? {} : { cause });
    this.driver = driver;
    this.path = path;
  }
}

/** A driver that started must not take the place of the one that runs. */
export class RefusedSuccessorError extends Error {
  override readonly name = 'RefusedSuccessorError';
  readonly driver: string;
  readonly path: string;

  /** @param what - of it, as the end of a sentence */
  constructor(driver: string, path: string, what: string, cause?: unknown) {
    super(
      `storage driver ${driver}: what is at ${path} cannot take the place of the process that runs: ${what}`,
      cause === undefined ? {} : { cause },
    );
    this.driver = driver;
    this.path = path;
  }
}

function why(driver: string, searched: readonly string[]): string {
  if (driver.includes('/') && searched.length > 0) return searched.join(', ');
  if (!isDriverName(driver)) return `a driver's name matches ${DRIVER_NAME_PATTERN.source}`;
  const places = searched.length === 0 ? 'no directory is configured' : `searched ${searched.join(', ')}`;
  return `${executableName(driver)}: ${places}`;
}

function quote(name: string): string {
  return JSON.stringify(name.length > 64 ? `${name.slice(0, 64)}...` : name);
}
