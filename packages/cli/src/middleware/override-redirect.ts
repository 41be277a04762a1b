import type { Capabilities, StorageDriver } from '@outrigger/driver';

type RedirectURL = NonNullable<StorageDriver['redirectURL']>;

/** A driver whose clients are sent elsewhere; in all else it is the same. */
export function overrideRedirect(driver: StorageDriver, redirectURL: RedirectURL): StorageDriver {
  let seen: Capabilities | undefined;
  let capabilities: Capabilities = {};
  return {
    get name() {
      return driver.name;
    },
    get capabilities() {
      // A driver that was restarted may have others.
      if (driver.capabilities !== seen) {
        seen = driver.capabilities;
        capabilities = { ...seen, redirectURL: true };
      }
      return capabilities;
    },
    stat: driver.stat.bind(driver),
    list: driver.list.bind(driver),
    get: driver.get.bind(driver),
    put: driver.put.bind(driver),
    reader: driver.reader.bind(driver),
    writer: driver.writer.bind(driver),
    move: driver.move.bind(driver),
    delete: driver.delete.bind(driver),
    redirectURL,
    ...(driver.walk && { walk: driver.walk.bind(driver) }),
    ...(driver.copy && { copy: driver.copy.bind(driver) }),
    ...(driver.localFile && { localFile: driver.localFile.bind(driver) }),
    close: driver.close.bind(driver),
  };
}
