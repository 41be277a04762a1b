import { isStorageError } from '@outrigger/driver';
import { type OpenExecutableOptions, openExecutable } from './open-executable.js';

/** Whether a second process sees another store than the first: then nothing outlives the process. */
export async function detectEphemeral(options: OpenExecutableOptions): Promise<boolean> {
  const path = `/outrigger-conformance-${String(process.pid)}`;
  const first = await openExecutable(options);
  try {
    await first.put(path, Buffer.from('seen by both?'));
    const second = await openExecutable(options);
    try {
      await second.stat(path);
      return false;
    } catch (error) {
      if (isStorageError(error, 'PATH_NOT_FOUND')) return true;
      throw error;
    } finally {
      await second.close();
    }
  } finally {
    await first.delete(path).catch(() => undefined);
    await first.close();
  }
}
