import type { DataPlane } from '@outrigger/ipc/host';
import type { DriverState, Supervisor } from './supervisor.js';

export interface DriverStatus {
  readonly state: DriverState;
  /** As the driver calls itself. */
  readonly name: string;
  readonly version: string;
  readonly protocolVersion: number;
  readonly dataPlanes: readonly DataPlane[];
  /** Where it was found, and the file that this resolves to. */
  readonly path: string;
  readonly realPath: string;
  /** Absent while no process serves. */
  readonly pid?: number | undefined;
  readonly restarts: number;
  /** Processes that were replaced and end what they have begun, the first one first. */
  readonly draining: readonly DrainingProcess[];
  /** Why the last process ended or did not start. */
  readonly lastError?: string | undefined;
}

export interface DrainingProcess {
  readonly pid: number;
  readonly version: string;
  /** Calls, readers and writers that it still serves. */
  readonly users: number;
}

export function toStatus(driver: string, supervisor: Supervisor): DriverStatus {
  const { state, current, restarts, lastError, draining } = supervisor;
  const { remote, executable } = supervisor.newest ?? {};
  return {
    state,
    name: remote?.name ?? driver,
    version: remote?.version ?? '',
    protocolVersion: remote?.protocolVersion ?? 0,
    dataPlanes: remote?.dataPlanes ?? [],
    path: executable?.path ?? '',
    realPath: executable?.realPath ?? '',
    ...(current === undefined ? {} : { pid: current.pid }),
    restarts,
    draining: draining.map(({ pid, users, remote: { version } }) => ({ pid, version, users })),
    ...(lastError === undefined ? {} : { lastError: lastError.message }),
  };
}
