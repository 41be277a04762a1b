import assert from 'node:assert/strict';
import { type StorageDriver, walk } from '@outrigger/driver';
import { refused } from '../assertions.js';
import type { ConformanceCase } from '../case.js';

export const errorCases: readonly ConformanceCase[] = [
  {
    id: 'T42',
    name: 'errors: code, path, driver, text and JSON of every operation on nothing',
    promise: 'Every failure is a `StorageError`; callers branch on its `code`. JSON: `{"driver", "detail"}`.',
    async run({ driver, scratch }) {
      for (const [operation, call] of Object.entries(callsOnNothing(driver, scratch.path()))) {
        const path = scratch.path();
        const error = await refused(driver, call(path), 'PATH_NOT_FOUND', path);
        assert.ok(error instanceof Error, operation);
        assert.equal(error.name, 'StorageError', operation);
        assert.equal(error.retryable, false, operation);
        assert.ok(
          error.message.startsWith(`${driver.name}: `),
          `${operation}: the text begins with the driver's name`,
        );
        assert.equal(error.message, `${driver.name}: ${error.detail}`, operation);
        assert.ok(error.detail.includes(path), `${operation}: the text names the path`);
        const json: unknown = JSON.parse(JSON.stringify(error));
        assert.deepEqual(
          json,
          { driver: driver.name, detail: error.detail, code: 'PATH_NOT_FOUND', path },
          operation,
        );
      }
    },
  },
  {
    id: 'T42.invalid',
    name: 'errors: a refused path is in the error',
    promise: 'Paths match `PATH_PATTERN`, otherwise INVALID_PATH.',
    async run({ driver }) {
      const error = await refused(driver, driver.get('/a b'), 'INVALID_PATH', '/a b');
      assert.ok(error.message.startsWith(`${driver.name}: `));
    },
  },
  {
    id: 'T44.directory',
    name: 'errors: get and reader of a directory',
    promise: '`get` and `reader` reject with PATH_NOT_FOUND also for a directory.',
    async run({ driver, scratch }) {
      const directory = scratch.path();
      await driver.put(`${directory}/file`, scratch.content(10).bytes());
      await refused(driver, driver.get(directory), 'PATH_NOT_FOUND', directory);
      await refused(driver, driver.reader(directory), 'PATH_NOT_FOUND', directory);
    },
  },
  {
    id: 'T44.file',
    name: 'errors: list of a file',
    promise: '`list` rejects with PATH_NOT_FOUND when what is there is not a directory.',
    async run({ driver, scratch }) {
      const file = scratch.path();
      await driver.put(file, scratch.content(10).bytes());
      await refused(driver, driver.list(file), 'PATH_NOT_FOUND', file);
    },
  },
  {
    id: 'T44.below',
    name: 'errors: anything below a file is not found',
    promise: 'PATH_NOT_FOUND when nothing is there.',
    async run({ driver, scratch }) {
      const file = scratch.path();
      await driver.put(file, scratch.content(10).bytes());
      const below = `${file}/below`;
      for (const call of Object.values(callsOnNothing(driver, scratch.path()))) {
        await refused(driver, call(below), 'PATH_NOT_FOUND', below);
      }
    },
  },
];

function callsOnNothing(
  driver: StorageDriver,
  destination: string,
): Record<string, (path: string) => Promise<unknown>> {
  return {
    stat: (path) => driver.stat(path),
    list: (path) => driver.list(path),
    get: (path) => driver.get(path),
    reader: (path) => driver.reader(path),
    delete: (path) => driver.delete(path),
    move: (path) => driver.move(path, destination),
    walk: (path) => walk(driver, path, () => undefined),
  };
}
