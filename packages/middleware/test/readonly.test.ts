import { CAPABILITY_NAMES, checkDriver, readToEnd } from '@outrigger/driver';
import { inmemory } from '@outrigger/plugin-memory';
import { expect, test } from 'vitest';
import { readonly } from '../src/index.js';
import { SILENT } from './wrap-parts.js';

test('whatever would change the store is refused, and the rest is as it was', async () => {
  const inner = await inmemory.create({});
  await inner.put('/a/b', Buffer.from('x'));
  const driver = checkDriver(await readonly.wrap(inner, {}, SILENT));
  const refusals = [
    () => driver.put('/a/b', Buffer.from('y')),
    () => driver.put('/new', Buffer.from('y')),
    () => driver.writer('/a/b'),
    () => driver.writer('/a/b', { mode: 'append' }),
    () => driver.move('/a/b', '/c'),
    () => driver.delete('/a'),
    () => driver.copy?.('/a/b', '/c') ?? Promise.resolve(),
  ];
  for (const refusal of refusals)
    await expect(refusal()).rejects.toMatchObject({ code: 'UNSUPPORTED', retryable: false });
  await expect(driver.put('/new', Buffer.from('y'))).rejects.toThrow('the store is read-only');
  expect(String(await driver.get('/a/b'))).toBe('x');
  expect(String(Buffer.from(await readToEnd(await driver.reader('/a/b'), 10)))).toBe('x');
  expect((await inner.list('/')).entries).toHaveLength(1);
});

test('no capability is left that changes something', async () => {
  const all = { ...Object.fromEntries(CAPABILITY_NAMES.map((name) => [name, true])), roots: ['/'] };
  const left = Object.entries(readonly.capabilities(all)).filter(([, value]) => value !== undefined);
  expect(left.map(([name]) => name).sort()).toEqual(['localFiles', 'redirectURL', 'roots', 'walk']);
  const inner = await inmemory.create({});
  await expect(readonly.wrap(inner, { really: true }, SILENT)).rejects.toThrow('really: unknown parameter');
});
