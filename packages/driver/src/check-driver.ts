import type { CAPABILITY_NAMES } from './capabilities.js';
import { checkReader, checkWriter } from './check-streams.js';
import { cannotCommitTo } from './commit-to.js';
import type { CallObserver } from './driver-call.js';
import { checkDirectoryPath, checkPath } from './path.js';
import { stamp } from './stamp-error.js';
import type { StorageDriver } from './storage-driver.js';
import { MAX_PAGE_SIZE, MAX_PUT_SIZE } from './storage-driver.js';
import { StorageError, invalidOffset, throwIfAborted, unsupported } from './storage-error.js';

/**
 * What every driver needs and none writes itself: paths are checked, the driver's name is stamped on every error,
 * unknown errors are wrapped, aborted calls never start, powers that are not declared are never used, and every call is timed for `observe`.
 */
export function checkDriver(driver: StorageDriver, observe?: CallObserver): StorageDriver {
  const call = async <T>(
    action: string,
    path: string,
    signal: AbortSignal | undefined,
    run: () => Promise<T>,
  ): Promise<T> => {
    const start = observe === undefined ? 0 : performance.now();
    let failure: StorageError | undefined;
    try {
      throwIfAborted(signal, path);
      return await run();
    } catch (error) {
      failure = stamp(error, driver.name, path);
      throw failure;
    } finally {
      observe?.({
        driver: driver.name,
        action,
        path,
        durationMs: performance.now() - start,
        ...(failure === undefined ? {} : { error: failure }),
      });
    }
  };

  const checked: StorageDriver = {
    get name() {
      return driver.name;
    },
    get capabilities() {
      return driver.capabilities;
    },
    stat: (path, options) =>
      call('stat', path, options?.signal, () => {
        checkDirectoryPath(path);
        return driver.stat(path, options);
      }),
    list: (path, options) =>
      call('list', path, options?.signal, () => {
        checkDirectoryPath(path);
        checkLimit(options?.limit);
        return driver.list(path, options);
      }),
    get: (path, options) =>
      call('get', path, options?.signal, () => {
        checkPath(path);
        return driver.get(path, options);
      }),
    put: (path, content, options) =>
      call('put', path, options?.signal, () => {
        checkPath(path);
        checkPutSize(path, content.length);
        return driver.put(path, content, options);
      }),
    reader: (path, options) =>
      call('reader', path, options?.signal, async () => {
        checkPath(path);
        checkRange(path, options?.offset, options?.length);
        return checkReader(await driver.reader(path, options), driver.name, path, observe);
      }),
    writer: (path, options) =>
      call('writer', path, options?.signal, async () => {
        checkPath(path);
        if (options?.mode === 'isolated' && !isDeclared(driver, 'isolatedWriters'))
          throw unsupported('isolated writers', path);
        const writer = await driver.writer(path, options);
        const checkCommitTo = (to: string): void => {
          if (!isDeclared(driver, 'commitTo') || options?.mode === 'isolated') throw cannotCommitTo(path);
          checkPath(to);
        };
        return checkWriter(writer, driver.name, path, checkCommitTo, observe);
      }),
    move: (source, destination, options) =>
      call('move', source, options?.signal, () => {
        checkPath(source);
        checkPath(destination);
        return driver.move(source, destination, options);
      }),
    delete: (path, options) =>
      call('delete', path, options?.signal, () => {
        checkPath(path);
        return driver.delete(path, options);
      }),
    redirectURL: (path, request) =>
      call('redirectURL', path, request.signal, async () => {
        checkPath(path);
        return isDeclared(driver, 'redirectURL') ? (driver.redirectURL?.(path, request) ?? null) : null;
      }),
    walk: (path, options) =>
      call('walk', path, options?.signal, () => {
        checkDirectoryPath(path);
        checkLimit(options?.limit);
        if (!isDeclared(driver, 'walk') || driver.walk === undefined) throw unsupported('walk', path);
        return driver.walk(path, options);
      }),
    copy: (source, destination, options) =>
      call('copy', source, options?.signal, () => {
        checkPath(source);
        checkPath(destination);
        if (!isDeclared(driver, 'copy') || driver.copy === undefined) throw unsupported('copy', source);
        return driver.copy(source, destination, options);
      }),
    localFile: (path, options) =>
      call('localFile', path, options?.signal, () => {
        checkPath(path);
        if (!isDeclared(driver, 'localFiles') || driver.localFile === undefined)
          throw unsupported('local files', path);
        return driver.localFile(path, options);
      }),
    close: () => driver.close(),
  };
  return checked;
}

/** What is not declared is never used, whether the method is there or not. */
function isDeclared({ capabilities }: StorageDriver, name: (typeof CAPABILITY_NAMES)[number]): boolean {
  return capabilities[name] === true;
}

function checkRange(path: string, offset = 0, length?: number): void {
  if (!Number.isSafeInteger(offset) || offset < 0) throw invalidOffset(path, offset);
  if (length !== undefined && (!Number.isSafeInteger(length) || length < 0)) {
    throw new StorageError('INVALID_OFFSET', `invalid length: ${String(length)} for path ${path}`, { path });
  }
}

function checkLimit(limit: number | undefined): void {
  if (limit === undefined || (Number.isSafeInteger(limit) && limit >= 1 && limit <= MAX_PAGE_SIZE)) return;
  throw new StorageError(
    'UNSUPPORTED',
    `a page has 1 to ${String(MAX_PAGE_SIZE)} entries, not ${String(limit)}`,
  );
}

function checkPutSize(path: string, size: number): void {
  if (size <= MAX_PUT_SIZE) return;
  throw new StorageError(
    'UNSUPPORTED',
    `put takes at most ${String(MAX_PUT_SIZE)} bytes, not ${String(size)}: use a writer`,
    { path },
  );
}
