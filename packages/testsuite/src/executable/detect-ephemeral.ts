import { isStorageError } from '@outrigger/driver';
import { type OpenExecutableOptions, openExecutable } from './open-executable.js';

/**
 * Whether a second process sees another store than the first: then nothing outlives the process. A driver that fails already
 * here is taken as one whose store lasts; what is wrong with it is for the cases to say.
 */
export async function detectEphemeral(options: OpenExecutableOptions): Promise<boolean> {
  try {
    return !(await isSeenBySecond(options));
  } catch (error) {
    if (isStorageError(error)) return false;
    throw error;
  }
}

async function isSeenBySecond(options: OpenExecutableOptions): Promise<boolean> {
  const path = `/outrigger-conformance-${String(process.pid)}`;
  const first = await openExecutable(options);
  try {
    await first.put(path, Buffer.from('seen by both?'));
    const second = await openExecutable(options);
    try {
      await second.stat(path);
      return true;
    } catch (error) {
      if (isStorageError(error, 'PATH_NOT_FOUND')) return false;
      throw error;
    } finally {
      await second.close();
    }
  } finally {
    await first.delete(path).catch(() => undefined);
    await first.close();
  }
}
