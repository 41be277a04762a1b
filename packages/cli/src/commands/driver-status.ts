import { cleanText } from '@outrigger/host';
import type { ControlledDriver } from '../serve/control-protocol.js';
import { ControlledRegistry } from '../serve/control-protocol.js';
import { askRegistry, findRegistry } from './running-registry.js';

export interface RunningFlags {
  /** Control socket of the registry. Default: that of the only one. */
  readonly socket?: string;
  readonly json: boolean;
}

/** Prints how the drivers of a running registry are. */
export async function showStatus({ socket, json }: RunningFlags): Promise<void> {
  const path = await findRegistry(socket);
  const registry = await askRegistry(path, { method: 'GET', path: '/', schema: ControlledRegistry });
  process.stdout.write(json ? `${JSON.stringify(registry, undefined, 2)}\n` : describe(registry));
}

function describe({ pid, version, address, config, drivers }: ControlledRegistry): string {
  return [
    row('registry', `${version}, pid ${String(pid)}, ${address}`),
    row('config', config ?? 'built in'),
    ...drivers.map(describeDriver),
  ].join('');
}

/** A driver in lines for a person. */
export function describeDriver(driver: ControlledDriver): string {
  const { name, state, version, pid, restarts, breaker, dataPlanes, path, realPath, lastError } = driver;
  const { store, worker, draining = [] } = driver;
  return [
    row('driver', version === undefined ? name : `${name} ${version}`),
    row('store', store === undefined ? undefined : `${store}, and all below it`),
    row('worker', worker === undefined ? undefined : String(worker)),
    row('state', state === 'open' ? 'open: it keeps failing, calls fail at once' : state),
    row('pid', pid === undefined ? undefined : String(pid)),
    row('restarts', restarts === undefined ? undefined : String(restarts)),
    row('breaker', breaker),
    row('planes', dataPlanes?.join(', ')),
    row('path', path),
    row('runs', realPath === path ? undefined : realPath),
    row('last error', lastError),
    ...draining.map((each) =>
      row(
        'draining',
        `${each.version}, pid ${String(each.pid)}: calls and streams left: ${String(each.users)}`,
      ),
    ),
  ].join('');
}

function row(label: string, text: string | undefined): string {
  return text === undefined ? '' : `${label.padEnd(11)}${cleanText(text)}\n`;
}
