import { describe, expect, test } from 'vitest';
import type { Facts } from '../../src/content/facts.js';
import { createFacts } from '../../src/content/facts.js';
import type { KeyListener, SharedKeys } from '../../src/replicas/family.js';
import { ALWAYS_ALONE } from '../../src/replicas/presence.js';

/** One process of a family whose others are the test. */
function member(): { facts: Facts<string>; others: KeyListener; claims: Claim[]; told: string[] } {
  const claims: Claim[] = [];
  const told: string[] = [];
  let others: KeyListener | undefined;
  const shared: SharedKeys = {
    listen: (listener) => (others = listener),
    tell: (key) => void told.push(key),
    claim(key) {
      const { promise, resolve, reject } = Promise.withResolvers<() => void>();
      const claim = { key, isReleased: false, reject, grant: () => resolve(() => (claim.isReleased = true)) };
      claims.push(claim);
      return promise;
    },
  };
  const facts = createFacts<string>(ALWAYS_ALONE, 10, { shared });
  if (others === undefined) throw new Error('nobody listens');
  return { facts, others, claims, told };
}

interface Claim {
  readonly key: string;
  isReleased: boolean;
  readonly grant: () => void;
  readonly reject: (error: Error) => void;
}

const found = (value: string) => () => Promise.resolve(value);

describe('a change of this process', () => {
  test('begins when the key is claimed, and gives it back when it has ended', async () => {
    const { facts, claims } = member();
    const acts: string[] = [];
    const written = Promise.withResolvers<undefined>();
    const change = facts.change('a', () => (acts.push('act'), written.promise), 'new');
    await Promise.resolve();
    expect(acts).toEqual([]);
    claims[0]?.grant();
    await expect.poll(() => acts).toEqual(['act']);
    expect(claims[0]?.isReleased).toBe(false);
    written.resolve(undefined);
    await change;
    expect(claims).toMatchObject([{ key: 'a', isReleased: true }]);
    expect(facts.get('a')).toBe('new');
  });

  test('nothing is remembered from the wish to the end: others may see in the store what is new', async () => {
    const { facts, claims } = member();
    facts.set('a', 'old');
    const written = Promise.withResolvers<undefined>();
    const change = facts.change('a', () => written.promise, 'new');
    expect(await facts.find('a', found('old'))).toBe('old');
    expect(facts.get('a')).toBeUndefined();
    claims[0]?.grant();
    expect(await facts.find('a', found('new'))).toBe('new');
    expect(await facts.find('a', found('newer'))).toBe('newer');
    written.resolve(undefined);
    await change;
  });

  test('that fails gives the key back, and one that is not granted is not made', async () => {
    const { facts, claims } = member();
    const failed = facts.change('a', () => Promise.reject(new Error('full')), 'new');
    claims[0]?.grant();
    await expect(failed).rejects.toThrow('full');
    expect(claims[0]?.isReleased).toBe(true);
    expect(facts.get('a')).toBeUndefined();
    let acts = 0;
    const refused = facts.change('a', () => Promise.resolve(acts++), 'new');
    claims[1]?.reject(new Error('nobody answers'));
    await expect(refused).rejects.toThrow('nobody answers');
    expect(acts).toBe(0);
    // The key is free again.
    await facts.find('a', found('old'));
    expect(facts.get('a')).toBe('old');
  });

  test('that makes nothing untrue claims nothing', async () => {
    const { facts, claims } = member();
    await facts.add('a', () => Promise.resolve(), 'new');
    expect(claims).toEqual([]);
    expect(facts.get('a')).toBe('new');
  });
});

describe('a change of another one', () => {
  test('is not known, and nothing of it is remembered until it has ended', async () => {
    const { facts, others } = member();
    facts.set('a', 'old');
    others.hold('a');
    expect(facts.get('a')).toBeUndefined();
    await facts.find('a', found('old'));
    facts.set('a', 'old');
    expect(facts.get('a')).toBeUndefined();
    others.release('a');
    await facts.find('a', found('new'));
    expect(facts.get('a')).toBe('new');
  });

  test('a look from before or during it is not remembered, also when it ends after it', async () => {
    const { facts, others } = member();
    const before = Promise.withResolvers<string>();
    const during = Promise.withResolvers<string>();
    const first = facts.find('a', () => before.promise);
    others.hold('a');
    const second = facts.find('a', () => during.promise);
    others.release('a');
    before.resolve('old');
    during.resolve('old');
    expect(await Promise.all([first, second])).toEqual(['old', 'old']);
    expect(facts.get('a')).toBeUndefined();
  });

  test('of two at once the last one counts', async () => {
    const { facts, others } = member();
    others.hold('a');
    others.hold('a');
    others.release('a');
    await facts.find('a', found('old'));
    expect(facts.get('a')).toBeUndefined();
    others.release('a');
    await facts.find('a', found('new'));
    expect(facts.get('a')).toBe('new');
  });

  test('at the same time as one of this process: neither says what is there', async () => {
    const { facts, others, claims } = member();
    const change = facts.change('a', () => Promise.resolve(), 'mine');
    others.hold('a');
    claims[0]?.grant();
    await change;
    expect(facts.get('a')).toBeUndefined();
    others.release('a');
    others.hold('a');
    const late = facts.change('a', () => Promise.resolve(), 'mine');
    claims[1]?.grant();
    others.release('a');
    await late;
    expect(facts.get('a')).toBeUndefined();
  });

  test('what others say is better looked up again is, and they are told of what is set', async () => {
    const { facts, others, told } = member();
    facts.set('a', 'old');
    others.forget('a');
    expect(facts.get('a')).toBeUndefined();
    expect(told).toEqual(['a']);
  });
});
