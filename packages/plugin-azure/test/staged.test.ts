import type { Multipart } from '@outrigger/object-store';
import { expect, it } from 'vitest';
import { findStaged, stagingKey } from '../src/staged.js';
import { fakeService } from './fake-service.js';

const DIRECTORY = 'root/_outrigger-uploads/~blocks/';
const id = (time: number) => `${String(time).padStart(14, '0')}-uuid`;

it('the name of a staged upload has its key, unless it gets too long for a name', () => {
  expect(stagingKey(DIRECTORY, 'root/a/b', id(1))).toBe(`${DIRECTORY}${id(1)}/root/a/b`);
  const long = `root/${'x'.repeat(1000)}`;
  expect(stagingKey(DIRECTORY, long, id(1)).length).toBeLessThan(1024);
  expect(stagingKey(DIRECTORY, long, id(1))).not.toBe(stagingKey(DIRECTORY, `${long}y`, id(1)));
});

it('finds those that began before a time, with their keys', async () => {
  const names = [
    stagingKey(DIRECTORY, 'root/a', id(1000)),
    stagingKey(DIRECTORY, 'root/b/c', id(2000)),
    stagingKey(DIRECTORY, 'root/d', id(3000)),
  ];
  const blobItems = [`${DIRECTORY}.stranger`, ...names].map((name) => ({ name, properties: {} }));
  const page = { done: false, value: { segment: { blobItems }, continuationToken: '' } };
  const container = { listBlobsFlat: () => ({ byPage: () => ({ next: () => Promise.resolve(page) }) }) };
  const found: Multipart[] = [];
  for await (const each of findStaged(fakeService({ container }), DIRECTORY, new Date(2500)))
    found.push(each);
  expect(found).toEqual([
    { key: 'root/a', id: id(1000) },
    { key: 'root/b/c', id: id(2000) },
  ]);
});
