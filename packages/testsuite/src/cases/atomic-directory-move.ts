import assert from 'node:assert/strict';
import type { StorageDriver } from '@outrigger/driver';
import { isStorageError } from '@outrigger/driver';
import type { ConformanceCase } from '../case.js';
import { expectGet } from '../transfer.js';

const TURNS = 20;

export const atomicDirectoryMoveCases: readonly ConformanceCase[] = [
  {
    id: 'T40.move-at-once',
    name: 'atomicDirectoryMove: what is put into a directory while it is moved is not lost',
    promise:
      'A `move` of a directory takes all below it at once. What somebody puts there meanwhile goes with it or comes to be at the old place behind it; nothing of it is lost.',
    requires: ['atomicDirectoryMove'],
    async run({ driver, scratch }) {
      const top = scratch.directory();
      for (let turn = 0; turn < TURNS; turn++) {
        const [source, aside] = [`${top}/${String(turn)}/here`, `${top}/${String(turn)}/aside`];
        const left = scratch.content(50);
        await driver.put(`${source}/e`, left.bytes());
        const put = await putDuring(driver, `${source}/d`, driver.move(source, aside));
        await expectGet(driver, `${aside}/e`, left);
        for (const name of put) {
          const isKept =
            (await isThere(driver, `${source}/d/${name}`)) || (await isThere(driver, `${aside}/d/${name}`));
          assert.ok(isKept, 'what was put while its directory was moved is at neither place');
        }
      }
    },
  },
];

/** Puts one file behind the other until `moved` is over; answers their names. */
async function putDuring(driver: StorageDriver, directory: string, moved: Promise<void>): Promise<string[]> {
  const work = { isDone: false };
  const done = moved.finally(() => (work.isDone = true));
  const put = async () => {
    const names: string[] = [];
    do {
      const name = String(names.length);
      await driver.put(`${directory}/${name}`, Buffer.from(name));
      names.push(name);
    } while (!work.isDone);
    return names;
  };
  const [names] = await Promise.all([put(), done]);
  return names;
}

async function isThere(driver: StorageDriver, path: string): Promise<boolean> {
  try {
    return !(await driver.stat(path)).isDir;
  } catch (error) {
    if (isStorageError(error, 'PATH_NOT_FOUND')) return false;
    throw error;
  }
}
