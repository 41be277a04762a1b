import { isStorageError } from '@outrigger/driver';
import type { Check } from './check.js';
import { ok } from './check.js';
import { expect } from './examination.js';
import { isThere } from './is-there.js';
import type { Subject } from './subject.js';

/** Removes whatever the checks have left, and looks. */
export function checkCleanUp(subject: Subject): Check {
  const { directory } = subject;
  return {
    id: 'clean-up',
    what: `remove ${directory}`,
    run: async (signal) => {
      try {
        await subject.store.delete(directory, { signal });
      } catch (error) {
        if (!isStorageError(error, 'PATH_NOT_FOUND')) throw error;
      }
      expect(!(await isThere(subject.store, directory, signal)), `${directory} is still there: delete it`);
      return ok();
    },
  };
}
