import { type ContentReader, type FileWriter, type StorageDriver, isStorageError } from '@outrigger/driver';

/** The driver with some of its methods replaced. */
export function withMethods(driver: StorageDriver, methods: Partial<StorageDriver>): StorageDriver {
  return { ...driver, ...methods };
}

/** The driver with every writer changed. */
export function withWriter(
  driver: StorageDriver,
  change: (writer: FileWriter, path: string) => Partial<FileWriter>,
): StorageDriver {
  return withMethods(driver, {
    writer: async (path, options) => {
      const writer = await driver.writer(path, options);
      return {
        get size() {
          return writer.size;
        },
        write: (chunk) => writer.write(chunk),
        close: () => writer.close(),
        commit: () => writer.commit(),
        cancel: () => writer.cancel(),
        ...change(writer, path),
      };
    },
  });
}

/** The driver with every reader changed. */
export function withReader(
  driver: StorageDriver,
  change: (reader: ContentReader) => Partial<ContentReader>,
): StorageDriver {
  return withMethods(driver, {
    reader: async (path, options) => {
      const reader = await driver.reader(path, options);
      return { ...reader, ...change(reader) };
    },
  });
}

/** A delete that has nothing to do is done. */
export async function ignoreAbsent(call: Promise<void>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!isStorageError(error, 'PATH_NOT_FOUND')) throw error;
  }
}
