import type { StorageDriver } from '@outrigger/driver';
import { commitTo } from '@outrigger/driver';
import { absent, refused } from '../assertions.js';
import type { ConformanceCase } from '../case.js';
import type { Content } from '../content.js';
import { expectOneOf, readersDuring } from '../torn-reads.js';
import { expectContent, expectGet, writePart } from '../transfer.js';

const REQUIRES = ['commitTo'] as const;
const PROMISE =
  'A commit `to` another path: the content appears there, in place of what was there, and nothing stays at the writer\u2019s own.';

export const commitToCases: readonly ConformanceCase[] = [
  {
    id: 'commit-to.new',
    name: 'commit to another path: of what was just written',
    promise: PROMISE,
    requires: REQUIRES,
    async run({ driver, scratch }) {
      for (const size of [0, 3000, 300_000]) {
        const [own, to] = [scratch.path(), scratch.path()];
        const content = scratch.content(size);
        const writer = await driver.writer(own);
        await writePart(writer, content);
        await commitTo(writer, to);
        await writer.close();
        await expectOnlyAt(driver, { own, to }, content);
      }
    },
  },
  {
    id: 'commit-to.closed',
    name: 'commit to another path: of content that was closed, with and without more',
    promise: PROMISE,
    requires: REQUIRES,
    async run({ driver, reopen, scratch }) {
      for (const [closed, size] of [
        [200, 200],
        [400_000, 400_000],
        [400_000, 400_001],
        [7_000_000, 7_000_000],
        [7_000_000, 12_000_000],
      ] as const) {
        const [own, to] = [scratch.path(), scratch.path()];
        const content = scratch.content(size);
        const first = await driver.writer(own);
        await writePart(first, content, { to: closed });
        await first.close();
        const second = (await reopen?.()) ?? driver;
        const writer = await second.writer(own, { mode: 'append' });
        await writePart(writer, content, { from: closed });
        await commitTo(writer, to);
        await writer.close();
        await expectOnlyAt(driver, { own, to }, content);
      }
    },
  },
  {
    id: 'commit-to.atomic',
    name: 'commit to another path: readers of it see the old content or the new',
    promise: 'A commit `to` another path is atomic there.',
    requires: REQUIRES,
    async run({ driver, scratch }) {
      const [own, to] = [scratch.path(), scratch.path()];
      const contents = [20_000, 300_000, 40_000].map((size) => scratch.content(size));
      const whole = contents.map((content) => content.bytes());
      await driver.put(to, whole[0] ?? new Uint8Array(0));
      const write = async () => {
        for (let turn = 0; turn < 3; turn++) {
          for (const content of contents) {
            const writer = await driver.writer(own);
            await writePart(writer, content);
            await commitTo(writer, to);
          }
        }
      };
      await readersDuring(driver, to, write(), (seen) => expectOneOf(seen, whole));
      await absent(driver, own);
    },
  },
  {
    id: 'commit-to.itself',
    name: 'commit to another path: its own is one as well',
    promise: PROMISE,
    requires: REQUIRES,
    async run({ driver, scratch }) {
      const path = scratch.path();
      const content = scratch.content(1000);
      const writer = await driver.writer(path);
      await writePart(writer, content);
      await commitTo(writer, path);
      await expectGet(driver, path, content);
    },
  },
  {
    id: 'commit-to.invalid',
    name: 'commit to another path: one that is none is refused',
    promise: 'Paths match the pattern; otherwise INVALID_PATH.',
    requires: REQUIRES,
    async run({ driver, scratch }) {
      for (const to of ['', '/', 'relative', '/a//b', '/a/../b']) {
        const writer = await driver.writer(scratch.path());
        await writePart(writer, scratch.content(10));
        await refused(driver, commitTo(writer, to), 'INVALID_PATH');
        await writer.cancel();
      }
      const [path, content] = [scratch.path(), scratch.content(10)];
      const writer = await driver.writer(path);
      await writePart(writer, content);
      await refused(driver, commitTo(writer, 'relative'), 'INVALID_PATH');
      await writer.commit();
      await expectGet(driver, path, content);
    },
  },
  {
    id: 'commit-to.isolated',
    name: 'commit to another path: not of an isolated writer',
    promise: '`to` is not for an isolated writer, which is at its place already.',
    requires: ['commitTo', 'isolatedWriters'],
    async run({ driver, scratch }) {
      const [path, content] = [scratch.path(), scratch.content(10)];
      const writer = await driver.writer(path, { mode: 'isolated' });
      await writePart(writer, content);
      await refused(driver, commitTo(writer, scratch.path()), 'UNSUPPORTED');
      await writer.commit();
      await expectGet(driver, path, content);
    },
  },
  {
    id: 'commit-to.undeclared',
    name: 'commit to another path: refused by a driver that does not declare it',
    promise: 'What is not declared is never used.',
    async run({ driver, scratch }) {
      if (driver.capabilities.commitTo === true) return;
      const writer = await driver.writer(scratch.path());
      await refused(driver, commitTo(writer, scratch.path()), 'UNSUPPORTED');
      await writer.cancel();
    },
  },
];

async function expectOnlyAt(
  driver: StorageDriver,
  { own, to }: { readonly own: string; readonly to: string },
  content: Content,
): Promise<void> {
  await absent(driver, own);
  await refused(driver, driver.writer(own, { mode: 'append' }), 'PATH_NOT_FOUND', own);
  await expectContent(driver, to, content);
}
