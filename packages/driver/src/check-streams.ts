import { commitTo } from './commit-to.js';
import type { ContentReader } from './content-reader.js';
import type { CallObserver } from './driver-call.js';
import type { FileWriter, LocalTarget } from './file-writer.js';
import { stamp } from './stamp-error.js';
import { alreadyClosed } from './storage-error.js';

/** A reader whose errors carry the driver's name; it reports its bytes once, when it is closed. */
export function checkReader(
  reader: ContentReader,
  driver: string,
  path: string,
  observe?: CallObserver,
): ContentReader {
  const start = observe === undefined ? 0 : performance.now();
  let bytes = 0;
  let closed = false;
  return {
    size: reader.size,
    modTime: reader.modTime,
    ...(reader.version === undefined ? {} : { version: reader.version }),
    async read(into) {
      if (closed) throw stamp(alreadyClosed(path, 'closed'), driver, path);
      try {
        const count = await reader.read(into);
        bytes += count;
        return count;
      } catch (error) {
        throw stamp(error, driver, path);
      }
    },
    async close() {
      if (closed) return;
      closed = true;
      await reader.close();
      observe?.({ driver, action: 'reader.close', path, durationMs: performance.now() - start, bytes });
    },
  };
}

type WriterState = 'open' | 'closed' | 'committed' | 'cancelled';

/**
 * A writer that keeps the rules of use after an end, so that no driver has to.
 *
 * @param checkCommitTo - throws for a path that the driver must not see
 */
export function checkWriter(
  writer: FileWriter,
  driver: string,
  path: string,
  checkCommitTo: (to: string) => void,
  observe?: CallObserver,
): FileWriter {
  const start = observe === undefined ? 0 : performance.now();
  const firstSize = writer.size;
  let state: WriterState = 'open';
  let closes = 0;

  const guard = async <T>(run: () => Promise<T>): Promise<T> => {
    try {
      if (state !== 'open') throw alreadyClosed(path, state);
      return await run();
    } catch (error) {
      throw stamp(error, driver, path);
    }
  };
  const end = (next: WriterState, run: () => Promise<void>): Promise<void> =>
    guard(async () => {
      await run();
      state = next;
      observe?.({
        driver,
        action: `writer.${next}`,
        path,
        durationMs: performance.now() - start,
        bytes: writer.size - firstSize,
      });
    });

  return {
    get size() {
      return writer.size;
    },
    ...(writer.local === undefined ? {} : { local: checkTarget(writer.local, guard) }),
    write: (chunk) => guard(() => writer.write(chunk)),
    commit: () => end('committed', () => writer.commit()),
    commitTo: (to) =>
      end('committed', () => {
        checkCommitTo(to);
        return commitTo(writer, to, path);
      }),
    cancel: () => end('cancelled', () => writer.cancel()),
    async close() {
      closes++;
      if ((state === 'committed' || state === 'cancelled') && closes === 1) return;
      await end('closed', () => writer.close());
    },
  };
}

function checkTarget(target: LocalTarget, guard: <T>(run: () => Promise<T>) => Promise<T>): LocalTarget {
  const { localPath, dev, ino } = target;
  return { localPath, dev, ino, accept: (count) => guard(() => target.accept(count)) };
}
