import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { readText } from '../src/read-text.js';

test('a body that falls silent is given up', async () => {
  const body = new PassThrough();
  body.write('{"items": [');
  await expect(readText(body, 1024, 50)).rejects.toThrow('no byte for too long');
  expect(body.destroyed).toBe(true);
});
