import { readdirSync, readlinkSync } from 'node:fs';
import { rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bytes, temporaryStore, text } from './temporary-store.js';

/** How often this process has `a` open, whatever else it has. */
function openDescriptors(root: string): number {
  const names = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      // It was closed meanwhile.
      return '';
    }
  });
  return names.filter((name) => name.startsWith(join(root, 'a'))).length;
}

test('a version names the bytes, and a reader of another version is refused', async () => {
  const { root, driver } = await temporaryStore();
  await driver.put('/a', bytes('one'));
  const { version } = await driver.stat('/a');
  expect(version).toMatch(/^\d+-3-\d+$/);
  const reader = await driver.reader('/a', { ifMatch: version });
  expect(reader.version).toBe(version);
  await reader.close();
  await driver.put('/a', bytes('two'));
  await expect(driver.reader('/a', { ifMatch: version })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    retryable: false,
  });
  expect(openDescriptors(root)).toBe(0);
});

test('a reader keeps the content that it opened', async () => {
  const { root, driver } = await temporaryStore();
  await driver.put('/a', bytes('one'));
  const reader = await driver.reader('/a');
  await driver.put('/a', bytes('another'));
  await driver.delete('/a');
  await rename(root, `${root}-gone`);
  const into = new Uint8Array(10);
  expect(await reader.read(into)).toBe(3);
  expect(text(into.subarray(0, 3))).toBe('one');
  expect(await reader.read(into)).toBe(0);
  await reader.close();
  await rm(`${root}-gone`, { recursive: true });
});

test('close waits for the read that runs, and then gives the descriptor back', async () => {
  const { root, driver } = await temporaryStore({ commit: 'relaxed' });
  await driver.put('/a', new Uint8Array(4 * 1024 * 1024).fill(7));
  const reader = await driver.reader('/a');
  expect(openDescriptors(root)).toBe(1);
  const into = new Uint8Array(4 * 1024 * 1024);
  const reading = reader.read(into);
  const order: string[] = [];
  await Promise.all([
    reading.then((count) => order.push(`read ${String(count)}`)),
    reader.close().then(() => order.push('closed')),
    reader.close(),
  ]);
  expect(order).toEqual([`read ${String(into.length)}`, 'closed']);
  expect(into.every((byte) => byte === 7)).toBe(true);
  expect(openDescriptors(root)).toBe(0);
  await expect(reader.read(into)).rejects.toMatchObject({ code: 'ALREADY_CLOSED' });
});

test('content that is cut under a reader ends early', async () => {
  const { root, driver } = await temporaryStore();
  await driver.put('/a', bytes('0123456789'));
  const reader = await driver.reader('/a', { offset: 2 });
  await truncate(join(root, 'a'), 5);
  const into = new Uint8Array(10);
  expect([await reader.read(into), await reader.read(into)]).toEqual([3, 0]);
  await reader.close();
});

test('offset and length cut out a part', async () => {
  const { root, driver } = await temporaryStore();
  await writeFile(join(root, 'a'), '0123456789');
  const read = async (offset: number, length?: number) => {
    const reader = await driver.reader('/a', { offset, length });
    const into = new Uint8Array(20);
    const count = await reader.read(into);
    expect(reader.size).toBe(10);
    expect(await reader.read(into.subarray(count))).toBe(0);
    await reader.close();
    return text(into.subarray(0, count));
  };
  expect(await read(3, 4)).toBe('3456');
  expect(await read(8, 4)).toBe('89');
  expect(await read(10, 4)).toBe('');
  expect(await read(99)).toBe('');
  expect(await read(3, 0)).toBe('');
});
