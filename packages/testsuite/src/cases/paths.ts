import { MAX_PATH_LENGTH, type StorageDriver } from '@outrigger/driver';
import { refused } from '../assertions.js';
import type { ConformanceCase } from '../case.js';
import { expectGet } from '../transfer.js';

/** Those of Distribution's suite. */
const VALID = [
  '/a',
  '/2',
  '/aa',
  '/a.a',
  '/0-9/abcdefg',
  '/abcdefg/z.75',
  '/abc/1.2.3.4.5-6_zyx/123.z/4',
  '/docker/docker-registry',
  '/123.abc',
  '/abc./abc',
  '/.abc',
  '/a--b',
  '/a-.b',
  '/_.abc',
  '/Docker/docker-registry',
  '/Abc/Cba',
];

/** The first six are those of Distribution's suite. */
const INVALID = [
  '',
  '/',
  'abc',
  '123.abc',
  '//bcd',
  '/abc_123/',
  '/a//b',
  '/a/../b',
  '/..',
  '/a/.',
  '/a b',
  '/a\0b',
  '/a\\b',
  '/a\n',
  '/\u00fc',
  '/a%2fb',
  `/${'a'.repeat(MAX_PATH_LENGTH)}`,
];

export const pathCases: readonly ConformanceCase[] = [
  {
    id: 'T2',
    name: 'paths: every allowed form can be written and read',
    promise: 'Paths match `PATH_PATTERN`.',
    async run({ driver, scratch }) {
      for (const path of VALID) {
        const content = scratch.content(64);
        await driver.put(scratch.claim(path), content.bytes());
        await expectGet(driver, path, content);
        await driver.delete(path);
      }
    },
  },
  {
    id: 'T2.long',
    name: 'paths: names as long as a repository, a tag and a digest make them',
    promise: 'Paths match `PATH_PATTERN` and are at most `MAX_PATH_LENGTH` long.',
    async run({ driver, scratch }) {
      const repository = 'r'.repeat(255);
      const path = `${scratch.directory()}/${repository}/_manifests/tags/${'t'.repeat(128)}/${'d'.repeat(128)}/link`;
      const content = scratch.content(64);
      await driver.put(path, content.bytes());
      await expectGet(driver, path, content);
    },
  },
  {
    id: 'T2.case',
    name: 'paths: names that differ in case alone are two names',
    promise: 'Names are compared byte by byte.',
    async run({ driver, scratch }) {
      const directory = scratch.directory();
      const [upper, lower] = [scratch.content(64), scratch.content(65)];
      await driver.put(`${directory}/Name`, upper.bytes());
      await driver.put(`${directory}/name`, lower.bytes());
      await expectGet(driver, `${directory}/Name`, upper);
      await expectGet(driver, `${directory}/name`, lower);
    },
  },
  {
    id: 'T3',
    name: 'paths: every other form is refused, by every operation',
    promise:
      'Paths match `PATH_PATTERN`, otherwise INVALID_PATH; `/` is a path for `stat`, `list` and `walk` only.',
    async run({ driver, scratch }) {
      const good = scratch.path();
      for (const path of INVALID) {
        for (const call of callsWith(driver, path, good)) await refused(driver, call, 'INVALID_PATH');
        if (path === '/') continue;
        await refused(driver, driver.stat(path), 'INVALID_PATH');
        await refused(driver, driver.list(path), 'INVALID_PATH');
      }
    },
  },
];

function callsWith(driver: StorageDriver, path: string, good: string): Promise<unknown>[] {
  return [
    driver.put(path, new Uint8Array(1)),
    driver.get(path),
    driver.reader(path),
    driver.writer(path),
    driver.delete(path),
    driver.move(path, good),
    driver.move(good, path),
  ].map((call) => {
    call.catch(() => undefined);
    return call;
  });
}
