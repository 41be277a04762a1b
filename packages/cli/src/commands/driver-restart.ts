import { RestartedDriver } from '../serve/control-protocol.js';
import type { RunningFlags } from './driver-status.js';
import { describeDriver } from './driver-status.js';
import { askRegistry, findRegistry } from './running-registry.js';

/** Puts a new process of a driver in the place of the running one. What is under way is finished by the old one. */
export async function restartDriver(name: string, { socket, json }: RunningFlags): Promise<void> {
  const restarted = await askRegistry(await findRegistry(socket), {
    method: 'POST',
    path: `/drivers/${encodeURIComponent(name)}/restart`,
    schema: RestartedDriver,
  });
  const { others = [], ...driver } = restarted;
  const text = [driver, ...others].map(describeDriver).join('');
  process.stdout.write(json ? `${JSON.stringify(restarted, undefined, 2)}\n` : text);
}
