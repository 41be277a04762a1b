import type { CallObserver } from '@outrigger/driver';
import type { DataPlane } from '@outrigger/ipc/host';
import type { Logger } from './logger.js';
import type { Timings } from './timings.js';
import type { TraceEntry } from './trace.js';

/** What all drivers of one host have in common. */
export interface DriverHostOptions {
  /** Version of the host program, told to every driver. */
  readonly hostVersion: string;
  /** Directories that are searched for `registry-storage-<name>` before the PATH. Absolute. */
  readonly driverDirectories?: readonly string[] | undefined;
  /** Default true: the PATH is searched too. */
  readonly pathLookup?: boolean | undefined;
  /** By driver name: `sha256:<hex>` of the executable, or `bundle:sha256:<hex>`, see `pin.ts`. */
  readonly pins?: Readonly<Record<string, string>> | undefined;
  /** Refuses group-writable executables too, instead of a warning. */
  readonly strict?: boolean | undefined;
  /** Planes for content, the preferred one first. Default: file, socket, inline. */
  readonly dataPlanes?: readonly DataPlane[] | undefined;
  /** Local files are read below these directories only. Default: wherever a driver declares. */
  readonly allowedRoots?: readonly string[] | undefined;
  readonly log?: Logger | undefined;
  /** Sees every finished call. */
  readonly observe?: CallObserver | undefined;
  /** Sees every message of the protocol, secrets masked. */
  readonly trace?: ((entry: TraceEntry) => void) | undefined;
  /** The W3C `traceparent` of the work that a call is a part of: it goes to the driver with the call. */
  readonly traceparent?: (() => string | undefined) | undefined;
  /**
   * Told of each driver process: when it runs, and when it has ended. For who ends them where this process is gone.
   *
   * @param pid - leads the process group of that number
   */
  readonly onProcess?: ((pid: number, isRunning: boolean) => void) | undefined;
  readonly timings?: Partial<Timings> | undefined;
  /** The host's own environment, of which drivers get a part. Default: process.env. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}
