import type { StorageDriver } from '@outrigger/driver';
import type { ReloadedDriver } from './control-protocol.js';
import type { DriverReload, OtherDrivers, ReloadParts } from './driver-reload.js';
import { createDriverReload, reloadAtHangUp } from './driver-reload.js';
import type { OpenStores } from './open-store.js';

/** The reload of the driver of one store. */
export interface StoreReload {
  readonly driver: StorageDriver;
  /** Of the driver, as configured: several stores may have the same. */
  readonly name: string;
  readonly reload: DriverReload;
}

export function createReloads(
  stores: OpenStores,
  { others, ...parts }: Omit<ReloadParts, 'driver' | 'name'>,
): readonly StoreReload[] {
  return stores.map(({ driver, config }, store) => {
    const name = config.storage.driver;
    const ofStore: OtherDrivers | undefined = others && {
      status: () => others.status(),
      reload: (request) => others.reload({ ...request, store }),
    };
    return { driver, name, reload: createDriverReload({ ...parts, driver, name, others: ofStore }) };
  });
}

/**
 * Reloads all drivers of a name, one after the other. Undefined: there is none.
 *
 * @throws Error in a sentence why not: those before it have been replaced, those after it not
 */
export async function reloadByName(
  reloads: readonly StoreReload[],
  wanted: string,
): Promise<ReloadedDriver | undefined> {
  const done: ReloadedDriver[] = [];
  for (const { name, reload } of reloads) if (name === wanted) done.push(await reload('command'));
  const [first, ...rest] = done;
  if (first === undefined || rest.length === 0) return first;
  const others = rest.flatMap(({ others: more = [], ...driver }) => [driver, ...more]);
  return { ...first, others: [...(first.others ?? []), ...others] };
}

/** @returns ends it */
export function reloadAllAtHangUp(reloads: readonly StoreReload[]): () => void {
  const ends = reloads.map(({ reload, ...of }) => reloadAtHangUp(reload, of));
  return () => {
    for (const end of ends) end();
  };
}
