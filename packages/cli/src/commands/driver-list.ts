import { listDrivers } from '@outrigger/host';
import { ownOptions } from './own-options.js';

/** Prints name, version and path of every driver; where one cannot be used, why. */
export async function listInstalled({ json }: { readonly json: boolean }): Promise<void> {
  const drivers = await listDrivers(ownOptions());
  const rows = drivers.map((driver) =>
    'problem' in driver
      ? { name: driver.name, path: driver.path, problem: driver.problem }
      : { name: driver.name, version: driver.description?.version, path: driver.path },
  );
  if (json) {
    process.stdout.write(`${JSON.stringify(rows, undefined, 2)}\n`);
    return;
  }
  const width = Math.max(0, ...rows.map(({ name }) => name.length));
  for (const { name, version, path, problem } of rows) {
    const end = problem === undefined ? '' : `  (${problem})`;
    process.stdout.write(`${name.padEnd(width)}  ${(version ?? '-').padEnd(8)}  ${path}${end}\n`);
  }
  if (rows.length === 0) process.stdout.write('no registry-storage-<name> is installed\n');
}
