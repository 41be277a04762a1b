import { absent, refused } from '../assertions.js';
import type { ConformanceCase } from '../case.js';
import { expectGet, writePart } from '../transfer.js';

export const deleteCases: readonly ConformanceCase[] = [
  {
    id: 'T28',
    name: 'delete: the object is gone',
    promise: '`delete` deletes an object.',
    async run({ driver, scratch }) {
      const path = scratch.path();
      await driver.put(path, scratch.content(32).bytes());
      await driver.delete(path);
      await absent(driver, path);
    },
  },
  {
    id: 'T30',
    name: 'delete: of nothing is refused',
    promise: '`delete` rejects with PATH_NOT_FOUND when nothing is there.',
    async run({ driver, scratch }) {
      const path = scratch.path();
      await refused(driver, driver.delete(path), 'PATH_NOT_FOUND', path);
      await driver.put(path, scratch.content(32).bytes());
      await driver.delete(path);
      await refused(driver, driver.delete(path), 'PATH_NOT_FOUND', path);
    },
  },
  {
    id: 'T31',
    name: 'delete: a directory goes with all below it',
    promise: '`delete` deletes a directory with all below it.',
    async run({ driver, scratch }) {
      const top = scratch.path();
      const files = [`${top}/a`, `${top}/b/c`, `${top}/b/d/e`];
      const content = scratch.content(32);
      for (const file of files) await driver.put(file, content.bytes());
      await driver.delete(`${top}/a`);
      await absent(driver, `${top}/a`);
      await expectGet(driver, `${top}/b/c`, content);
      await driver.delete(top);
      for (const file of [...files, `${top}/b`, top]) await absent(driver, file);
    },
  },
  {
    id: 'T32',
    name: 'delete: leaves what only begins with the same letters',
    promise: '`delete` of `/a` never touches `/ab`.',
    async run({ driver, scratch }) {
      const top = scratch.directory();
      const content = scratch.content(32);
      const kept = ['file-suffix', 'fil', 'dir-suffix/f', 'di/f', 'dir.f'].map((name) => `${top}/${name}`);
      const gone = [`${top}/file`, `${top}/dir/f`];
      for (const path of [...kept, ...gone]) await driver.put(path, content.bytes());
      await driver.delete(`${top}/file`);
      await driver.delete(`${top}/dir`);
      for (const path of gone) await absent(driver, path);
      for (const path of kept) await expectGet(driver, path, content);
    },
  },
  {
    id: 'T28.uncommitted',
    name: 'delete: takes content with it that was closed without a commit',
    promise: '`delete` deletes a directory with all below it.',
    async run({ driver, scratch }) {
      const top = scratch.directory();
      const content = scratch.content(1000);
      const writer = await driver.writer(`${top}/upload/data`);
      await writePart(writer, content);
      await writer.close();
      await driver.put(`${top}/upload/startedat`, content.bytes());
      await driver.delete(`${top}/upload`);
      await absent(driver, `${top}/upload`);
      await absent(driver, `${top}/upload/data`);
    },
  },
];
