import { expect, test } from 'vitest';
import { listAll } from '../src/index.js';
import { fakeTree } from './fake-driver.js';

test('goes through all pages', async () => {
  const files = Array.from({ length: 10 }, (_, i) => `/d/${String(i)}`);
  const paths: string[] = [];
  for await (const entry of listAll(fakeTree(files), '/d')) paths.push(entry.path);
  expect(paths).toEqual(files);
});

test('asks for no page that nobody wants', async () => {
  const driver = fakeTree(['/d/1', '/d/2', '/d/3', '/d/4']);
  for await (const entry of listAll(driver, '/d')) {
    expect(entry.path).toBe('/d/1');
    break;
  }
  expect(driver.calls).toEqual(['list /d']);
});
