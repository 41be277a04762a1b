import { expect, it } from 'vitest';
import { reuseRedirects } from '../src/index.js';

function setUp(fails: () => boolean = () => false) {
  let time = 0;
  const asked: string[] = [];
  const sign = reuseRedirects(
    async (key, { method }) => {
      asked.push(`${method} ${key}`);
      if (fails()) throw new Error('refused');
      return { url: `https://store/${key}?${String(asked.length)}` };
    },
    { reuseMs: 1000, now: () => time },
  );
  return { asked, sign, pass: (ms: number) => (time += ms) };
}

it('signs once for all who ask within the time, for each method', async () => {
  const { asked, sign, pass } = setUp();
  const [first, second] = await Promise.all([sign('a', { method: 'GET' }), sign('a', { method: 'GET' })]);
  expect(first).toBe(second);
  await sign('a', { method: 'HEAD' });
  pass(999);
  expect(await sign('a', { method: 'GET' })).toBe(first);
  pass(1);
  expect(await sign('a', { method: 'GET' })).not.toBe(first);
  expect(asked).toEqual(['GET a', 'HEAD a', 'GET a']);
});

it('keeps nothing when the clock is set back: the store counts on', async () => {
  const { asked, sign, pass } = setUp();
  await sign('a', { method: 'GET' });
  pass(-500_000);
  await sign('a', { method: 'GET' });
  expect(asked).toHaveLength(2);
});

it('asks again after a failure', async () => {
  let fails = true;
  const { asked, sign } = setUp(() => fails);
  await expect(sign('a', { method: 'GET' })).rejects.toThrow('refused');
  fails = false;
  await expect(sign('a', { method: 'GET' })).resolves.toMatchObject({ url: 'https://store/a?2' });
  expect(asked).toHaveLength(2);
});

it('keeps a bounded number of URLs, the newest', async () => {
  const { asked, sign } = setUp();
  for (let i = 0; i <= 1024; i++) await sign(String(i), { method: 'GET' });
  await sign('1024', { method: 'GET' });
  await sign('1', { method: 'GET' });
  expect(asked).toHaveLength(1025);
  await sign('0', { method: 'GET' });
  expect(asked).toHaveLength(1026);
});
