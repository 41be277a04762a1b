import assert from 'node:assert/strict';
import { lstat, readFile, realpath } from 'node:fs/promises';
import { isAbsolute, sep } from 'node:path';
import { refused, sameBytes } from '../assertions.js';
import type { ConformanceCase } from '../case.js';
import { writeContent } from '../transfer.js';

const REQUIRES = ['localFiles'] as const;

export const localFileCases: readonly ConformanceCase[] = [
  {
    id: 'local.file',
    name: 'localFile: a regular file below a declared root, with the bytes',
    promise:
      '`localFile` tells where the object\u2019s bytes lie; content lies in regular files below `roots`.',
    requires: REQUIRES,
    async run({ driver, scratch }) {
      const path = scratch.path();
      const content = scratch.content(300_000);
      await writeContent(driver, path, content);
      const file = await driver.localFile?.(path);
      assert.ok(file !== undefined);
      const found = await lstat(file.localPath);
      assert.ok(found.isFile(), 'a regular file');
      assert.deepEqual([file.size, file.dev, file.ino], [content.size, found.dev, found.ino]);
      const info = await driver.stat(path);
      assert.equal(file.modTime.getTime(), info.modTime.getTime());
      assert.equal(file.version, info.version);
      const resolved = await realpath(file.localPath);
      assert.ok(
        (driver.capabilities.roots ?? []).some((root) => resolved.startsWith(root + sep)),
        'below a root',
      );
      sameBytes(await readFile(file.localPath), content.bytes(), 'the file');
    },
  },
  {
    id: 'local.absent',
    name: 'localFile: of nothing and of a directory is refused',
    promise: 'PATH_NOT_FOUND when nothing is there, also for a directory.',
    requires: REQUIRES,
    async run({ driver, scratch }) {
      const path = scratch.path();
      await refused(driver, driver.localFile?.(path) ?? Promise.resolve(), 'PATH_NOT_FOUND', path);
      await driver.put(`${path}/file`, scratch.content(1).bytes());
      await refused(driver, driver.localFile?.(path) ?? Promise.resolve(), 'PATH_NOT_FOUND', path);
    },
  },
  {
    id: 'local.roots',
    name: 'roots: absolute, resolved, and there if and only if there are local files',
    promise: '`roots`: absolute, resolved directories. Present if and only if `localFiles` is.',
    async run({ driver }) {
      const { localFiles = false, roots } = driver.capabilities;
      assert.equal(roots !== undefined && roots.length > 0, localFiles, 'roots if and only if localFiles');
      for (const root of roots ?? []) {
        assert.ok(isAbsolute(root), `${root} is absolute`);
        assert.equal(await realpath(root), root, `${root} is resolved`);
      }
    },
  },
];
