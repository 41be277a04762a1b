import { realpathSync } from 'node:fs';
import type { ListedDriver } from '@outrigger/host';
import { listDrivers } from '@outrigger/host';
import { ownOptions } from './own-options.js';

/** Prints name, version and path of every driver; where one cannot be used, why. */
export async function listInstalled({ json }: { readonly json: boolean }): Promise<void> {
  const drivers = withoutRepeats(await listDrivers(ownOptions()));
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

/** Two directories that lead to one file are nothing to tell of. */
function withoutRepeats(drivers: readonly ListedDriver[]): ListedDriver[] {
  const seen = new Set<string>();
  return drivers.filter(({ path }) => {
    const file = realPath(path);
    if (seen.has(file)) return false;
    seen.add(file);
    return true;
  });
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // a link to nothing, listed with its problem
  }
}
