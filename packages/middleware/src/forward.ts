import type { Capabilities, StorageDriver } from '@outrigger/driver';

type Methods = Omit<StorageDriver, 'name' | 'capabilities'>;

/**
 * A driver that does what `inner` does, but for its own methods. What the capabilities do not say is not there.
 *
 * @param change - the capabilities, given those of `inner`, which a restart may change
 */
export function forward(
  inner: StorageDriver,
  own: Partial<Methods>,
  change: (capabilities: Capabilities) => Capabilities,
): StorageDriver {
  let seen: Capabilities | undefined;
  let capabilities: Capabilities = {};
  return {
    get name() {
      return inner.name;
    },
    get capabilities() {
      if (inner.capabilities !== seen) {
        seen = inner.capabilities;
        capabilities = change(seen);
      }
      return capabilities;
    },
    ...methodsOf(inner),
    ...own,
  };
}

function methodsOf(inner: StorageDriver): Methods {
  return {
    stat: inner.stat.bind(inner),
    list: inner.list.bind(inner),
    get: inner.get.bind(inner),
    put: inner.put.bind(inner),
    reader: inner.reader.bind(inner),
    writer: inner.writer.bind(inner),
    move: inner.move.bind(inner),
    delete: inner.delete.bind(inner),
    ...(inner.redirectURL && { redirectURL: inner.redirectURL.bind(inner) }),
    ...(inner.walk && { walk: inner.walk.bind(inner) }),
    ...(inner.copy && { copy: inner.copy.bind(inner) }),
    ...(inner.localFile && { localFile: inner.localFile.bind(inner) }),
    close: inner.close.bind(inner),
  };
}

/** Without the ways around whoever stands in front of the driver: signed URLs and local files. */
export function withoutShortcuts({
  redirectURL: _redirectURL,
  localFiles: _localFiles,
  roots: _roots,
  ...others
}: Capabilities): Capabilities {
  return others;
}
