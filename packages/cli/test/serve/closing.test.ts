import { expect, it } from 'vitest';
import { createClosing } from '../../src/serve/closing.js';
import { SILENT } from './running-server.js';

it('closes the last one first, all of them, once, also when some fail', async () => {
  const order: string[] = [];
  const failed: unknown[] = [];
  const closing = createClosing({ ...SILENT, error: ({ part }: { part?: unknown }) => failed.push(part) });
  closing.add('driver', () => void order.push('driver'));
  closing.add('presence', () => Promise.reject(new Error('the store is gone')));
  closing.add('gc', () => {
    throw new Error('no such timer');
  });
  closing.add('server', async () => {
    await Promise.resolve();
    order.push('server');
  });
  await closing.close();
  await closing.close();
  expect(order).toEqual(['server', 'driver']);
  expect(failed).toEqual(['gc', 'presence']);
});
