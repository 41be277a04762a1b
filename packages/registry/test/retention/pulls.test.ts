import { describe, expect, it } from 'vitest';
import { StorageError } from '@outrigger/driver';
import { ALWAYS_ALONE, createPullRecorder } from '../../src/index.js';
import { createPulled } from '../../src/retention/known-pulls.js';
import { compactPulls, forgetPulls, readPulls, writePulls } from '../../src/retention/pull-times.js';
import { continueRecording, findRecording } from '../../src/retention/recording.js';
import { memoryDriver, overrideDriver, pushImage, startRegistry } from '../registry-fixture.js';

const HOUR = 3_600_000;
const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

describe('the record of pulls', () => {
  it('takes the latest of what several replicas have written', async () => {
    const driver = await memoryDriver();
    await writePulls(
      driver,
      'a',
      new Map([
        ['sha256:x', 1000],
        ['sha256:y', 9000],
      ]),
    );
    await writePulls(driver, 'a', new Map([['sha256:x', 5000]]));
    const { times, files } = await readPulls(driver, 'a');
    expect([...times]).toEqual(
      [
        ['sha256:x', 5000],
        ['sha256:y', 9000],
      ].toSorted(),
    );
    expect(files).toHaveLength(2);
    expect((await readPulls(driver, 'b')).times.size).toBe(0);
  });

  it('is made one file in the end, without manifests that are gone', async () => {
    const driver = await memoryDriver();
    for (let at = 1; at <= 8; at++)
      await writePulls(
        driver,
        'a',
        new Map([
          ['x', at * 1000],
          [String(at), 1000],
        ]),
      );
    await compactPulls(driver, 'a', await readPulls(driver, 'a'), (digest) => digest === 'x');
    const { times, files } = await readPulls(driver, 'a');
    expect([...times]).toEqual([['x', 8000]]);
    expect(files).toHaveLength(1);
  });

  it('goes with its repository', async () => {
    const driver = await memoryDriver();
    await writePulls(driver, 'a', new Map([['x', 1000]]));
    await writePulls(driver, 'b', new Map([['x', 1000]]));
    await forgetPulls(driver, ['b']);
    expect((await readPulls(driver, 'a')).files).toEqual([]);
    expect((await readPulls(driver, 'b')).files).toHaveLength(1);
  });
});

describe('the recorder', () => {
  const parts = { log: silent, presence: ALWAYS_ALONE, isWanted: (name: string) => name === 'a' };

  it('writes what was pulled, not more often than is worth it, and of nothing else', async () => {
    const driver = await memoryDriver();
    let now = 100 * HOUR;
    const recorder = createPullRecorder({ ...parts, driver, now: () => now });
    recorder.note('a', 'x');
    recorder.note('b', 'x');
    now += HOUR / 2;
    recorder.note('a', 'x');
    recorder.note('a', 'y');
    await recorder.close();
    expect([...(await readPulls(driver, 'a')).times]).toEqual([
      ['x', 100 * HOUR],
      ['y', 100.5 * HOUR],
    ]);
    expect((await readPulls(driver, 'b')).times.size).toBe(0);
  });

  it('keeps what a failing store does not take', async () => {
    const driver = await memoryDriver();
    let isDown = true;
    const failing = overrideDriver(driver, {
      put: (path, content, options) =>
        isDown ? Promise.reject(new StorageError('UNAVAILABLE', 'away')) : driver.put(path, content, options),
    });
    const recorder = createPullRecorder({ ...parts, driver: failing });
    recorder.note('a', 'x');
    await recorder.flush();
    expect((await readPulls(driver, 'a')).times.size).toBe(0);
    isDown = false;
    await recorder.close();
    expect((await readPulls(driver, 'a')).times.size).toBe(1);
  });

  it('is told of HEAD and GET of a manifest, by tag and by digest', async () => {
    const noted: string[] = [];
    const pulls = { note: (name: string, digest: string) => void noted.push(`${name}@${digest}`) };
    const registry = await startRegistry({ pulls });
    const { digest } = await pushImage(registry, 'a', 'latest');
    expect(noted).toEqual([]);
    for (const method of ['HEAD', 'GET'])
      for (const reference of ['latest', digest]) await registry.call(method, `a/manifests/${reference}`);
    await registry.call('GET', 'a/manifests/other');
    expect(noted).toEqual(Array.from({ length: 4 }, () => `a@${digest}`));
  });
});

describe('the time in which pulls are recorded', () => {
  it('goes on over a short end of the registry, and begins anew after a long one', async () => {
    const driver = await memoryDriver();
    expect(await findRecording(driver, 0)).toBeUndefined();
    await continueRecording(driver, 10 * HOUR);
    await continueRecording(driver, 11 * HOUR);
    expect(await findRecording(driver, 12 * HOUR)).toEqual({ since: 10 * HOUR, until: 11 * HOUR });
    expect(await findRecording(driver, 12.5 * HOUR)).toBeUndefined();
    await continueRecording(driver, 12.5 * HOUR);
    expect((await findRecording(driver, 12.5 * HOUR))?.since).toBe(12.5 * HOUR);
  });

  it('tells until when something may have been pulled', () => {
    const times = new Map([
      ['x', 20 * HOUR],
      ['early', 2 * HOUR],
    ]);
    const pulled = createPulled({ times }, { since: 10 * HOUR, until: 30 * HOUR });
    expect(pulled('x')).toEqual({ earliest: 20 * HOUR, latest: 21 * HOUR });
    expect(pulled('early')).toEqual({ earliest: 2 * HOUR, latest: 10 * HOUR });
    expect(pulled('never')).toEqual({ earliest: -Infinity, latest: 10 * HOUR });
    expect(createPulled({ times }, undefined)('x')).toEqual({ earliest: -Infinity, latest: Infinity });
  });
});
