import assert from 'node:assert/strict';
import { absent, refused } from '../assertions.js';
import type { ConformanceCase } from '../case.js';
import { expectContent, expectGet, writeContent } from '../transfer.js';

export const moveCases: readonly ConformanceCase[] = [
  {
    id: 'T24',
    name: 'move: the object is at the destination and no longer at the source',
    promise: '`move` moves an object.',
    async run({ driver, scratch }) {
      const [source, destination] = [scratch.path(), scratch.path()];
      const content = scratch.content(32);
      await driver.put(source, content.bytes());
      await driver.move(source, destination);
      await expectGet(driver, destination, content);
      await absent(driver, source);
    },
  },
  {
    id: 'T24.stream',
    name: 'move: a streamed object, as an upload that is finished',
    promise: '`move` moves an object, of any size.',
    async run({ driver, scratch }) {
      const [source, destination] = [scratch.path(), scratch.path()];
      const content = scratch.content(6 * 1024 * 1024 + 1);
      await writeContent(driver, source, content);
      await driver.move(source, destination);
      await expectContent(driver, destination, content);
      await absent(driver, source);
    },
  },
  {
    id: 'T25',
    name: 'move: replaces what is at the destination',
    promise: '`move` replaces an object at the destination.',
    async run({ driver, scratch }) {
      const [source, destination] = [scratch.path(), scratch.path()];
      const content = scratch.content(32);
      await driver.put(source, content.bytes());
      await driver.put(destination, scratch.content(64).bytes());
      await driver.move(source, destination);
      await expectGet(driver, destination, content);
      await absent(driver, source);
    },
  },
  {
    id: 'T25.itself',
    name: 'move: to itself changes nothing',
    promise:
      'A move to itself changes nothing: a host does so to have made durable what a lost move may have done.',
    async run({ driver, scratch }) {
      const directory = scratch.path();
      const path = `${directory}/file`;
      const content = scratch.content(32);
      await driver.put(path, content.bytes());
      const before = await driver.stat(path);
      for (const each of [path, directory]) {
        await driver.move(each, each);
        await expectGet(driver, path, content);
        assert.deepEqual(await driver.stat(path), before, 'what stat tells of it');
      }
      const nothing = scratch.path();
      await refused(driver, driver.move(nothing, nothing), 'PATH_NOT_FOUND', nothing);
    },
  },
  {
    id: 'T26',
    name: 'move: of nothing is refused and leaves the destination',
    promise:
      '`move` rejects with PATH_NOT_FOUND when the source is absent; the destination is then untouched.',
    async run({ driver, scratch }) {
      const [source, destination, elsewhere] = [scratch.path(), scratch.path(), scratch.path()];
      const content = scratch.content(32);
      await driver.put(destination, content.bytes());
      await refused(driver, driver.move(source, destination), 'PATH_NOT_FOUND', source);
      await expectGet(driver, destination, content);
      await refused(driver, driver.move(source, elsewhere), 'PATH_NOT_FOUND', source);
      await absent(driver, elsewhere);
    },
  },
  {
    id: 'T27',
    name: 'move: of something below a file is refused',
    promise: '`move` rejects with PATH_NOT_FOUND when the source is absent.',
    async run({ driver, scratch }) {
      const file = scratch.claim('/notadir');
      const content = scratch.content(32);
      await driver.put(file, content.bytes());
      await refused(driver, driver.move(`${file}/foo`, `${file}/bar`), 'PATH_NOT_FOUND', `${file}/foo`);
      await expectGet(driver, file, content);
    },
  },
  {
    id: 'T40.move',
    name: 'move: a directory with all below it, and not its namesakes',
    promise: '`move` moves an object or a whole directory.',
    async run({ driver, scratch }) {
      const top = scratch.directory();
      const contents = ['f', 'd/f', 'd/e/f'].map((name) => ({ name, content: scratch.content(50) }));
      const namesake = scratch.content(50);
      for (const { name, content } of contents) await driver.put(`${top}/source/${name}`, content.bytes());
      await driver.put(`${top}/source-2/f`, namesake.bytes());
      await driver.move(`${top}/source`, `${top}/new/destination`);
      for (const { name, content } of contents) {
        await expectGet(driver, `${top}/new/destination/${name}`, content);
        await absent(driver, `${top}/source/${name}`);
      }
      await absent(driver, `${top}/source`);
      await expectGet(driver, `${top}/source-2/f`, namesake);
    },
  },
];
