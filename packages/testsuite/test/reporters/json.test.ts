import { expect, it } from 'vitest';
import { createReporter } from '../../src/index.js';
import { report } from '../results.js';

it('writes an object a line, the counts last', () => {
  const lines = report(createReporter('json')).trimEnd().split('\n');
  const objects: unknown[] = lines.map((line): unknown => JSON.parse(line));
  expect(objects).toHaveLength(4);
  expect(objects[1]).toMatchObject({ id: 'T2', status: 'skipped', reason: 'not "here" <now>' });
  expect(objects[2]).toMatchObject({ id: 'T3', status: 'failed', error: { name: 'Error' } });
  expect(objects[3]).toEqual({ passed: 1, failed: 1, skipped: 1 });
});
