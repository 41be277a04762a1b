import { EXIT } from '../exit-codes.js';
import { CommandError } from '../failure.js';
import { ControlledRegistry, ReloadedDriver } from '../serve/control-protocol.js';
import type { RunningFlags } from './driver-status.js';
import { describeDriver } from './driver-status.js';
import { askRegistry, findRegistry } from './running-registry.js';

/** A reload waits for a new process, in each process of the registry. */
const TIMEOUT_MS = 300_000;

/**
 * Finds the executable of a driver of a running registry anew, and puts a process of it in the place of the running one. What is
 * under way is finished by the old one.
 *
 * @param given - default: the one that the registry has
 */
export async function reloadDriver(given: string | undefined, { socket, json }: RunningFlags): Promise<void> {
  const path = await findRegistry(socket);
  const name = given ?? (await nameOfDriver(path));
  const reloaded = await askRegistry(path, {
    method: 'POST',
    path: `/drivers/${encodeURIComponent(name)}/reload`,
    schema: ReloadedDriver,
    timeoutMs: TIMEOUT_MS,
  });
  const { others = [], ...driver } = reloaded;
  const text = [driver, ...others].map(describeDriver).join('');
  process.stdout.write(json ? `${JSON.stringify(reloaded, undefined, 2)}\n` : text);
}

async function nameOfDriver(socketPath: string): Promise<string> {
  const { drivers } = await askRegistry(socketPath, { method: 'GET', path: '/', schema: ControlledRegistry });
  const [first] = drivers;
  if (first === undefined) throw new CommandError('the registry has no storage driver', EXIT.unavailable);
  return first.name;
}
