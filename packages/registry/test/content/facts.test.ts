import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createFacts } from '../../src/content/facts.js';
import type { Presence } from '../../src/replicas/presence.js';
import { ALWAYS_ALONE } from '../../src/replicas/presence.js';

/** A look at the store that ends when the test wants it. */
function slowLook(): {
  look: () => Promise<string | undefined>;
  end: (value?: string) => void;
  looks: () => number;
} {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  let looks = 0;
  return {
    look: () => {
      looks++;
      return promise;
    },
    end: (value) => resolve(value),
    looks: () => looks,
  };
}

interface Changing {
  alone: boolean;
  epoch: number;
}

function changingPresence(): Presence & Changing {
  const state = { alone: true, epoch: 0 };
  return Object.assign(state, {
    ...ALWAYS_ALONE,
    isAlone: () => state.alone,
    epoch: 0,
  });
}

describe('alone', () => {
  test.each([
    ['30 s', undefined, 30_000],
    ['as long as is said', 500, 500],
    ['not at all', 0, 0],
  ])('a fact is believed %s', async (_, maxAgeMs, believedMs) => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const facts = createFacts<string>(ALWAYS_ALONE, 10, { maxAgeMs });
    facts.set('a', '1');
    vi.advanceTimersByTime(Math.max(0, believedMs - 1));
    expect(facts.get('a')).toBe(believedMs === 0 ? undefined : '1');
    vi.advanceTimersByTime(1);
    expect(await facts.find('a', () => Promise.resolve('2'))).toBe('2');
  });

  test('what was found is known, and what is absent is looked for again', async () => {
    const facts = createFacts<string>(ALWAYS_ALONE, 10);
    expect(await facts.find('a', () => Promise.resolve('1'))).toBe('1');
    expect(facts.get('a')).toBe('1');
    expect(await facts.find('b', () => Promise.resolve(undefined))).toBeUndefined();
    expect(await facts.find('b', () => Promise.resolve('2'))).toBe('2');
  });

  test('all who ask at once share one look; a failure is nobody else’s later', async () => {
    const facts = createFacts<string>(ALWAYS_ALONE, 10);
    const { look, end, looks } = slowLook();
    const asked = [facts.find('a', look), facts.find('a', look)];
    end('1');
    expect(await Promise.all(asked)).toEqual(['1', '1']);
    expect(looks()).toBe(1);
    await expect(facts.find('b', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await facts.find('b', () => Promise.resolve('2'))).toBe('2');
  });

  test('a change forgets what was known, and what is being looked up from before it', async () => {
    const facts = createFacts<string>(ALWAYS_ALONE, 10);
    const { look, end } = slowLook();
    const found = facts.find('a', look);
    await facts.change('a', () => Promise.resolve());
    end('old');
    expect(await found).toBe('old');
    expect(facts.get('a')).toBeUndefined();
  });

  test('what is looked up during a change is not kept either', async () => {
    const facts = createFacts<string>(ALWAYS_ALONE, 10);
    await facts.change('a', () => facts.find('a', () => Promise.resolve('old')));
    expect(facts.get('a')).toBeUndefined();
  });

  test('a change that fails leaves nothing known; one that succeeds what it says', async () => {
    const facts = createFacts<string>(ALWAYS_ALONE, 10);
    await facts.change('a', () => Promise.resolve(), '1');
    expect(facts.get('a')).toBe('1');
    await expect(facts.change('a', () => Promise.reject(new Error('no')), '2')).rejects.toThrow('no');
    expect(facts.get('a')).toBeUndefined();
  });

  test('of two changes at once neither says what is there', async () => {
    const facts = createFacts<string>(ALWAYS_ALONE, 10);
    const write = Promise.withResolvers<undefined>();
    const written = facts.change('a', () => write.promise, '1');
    await facts.change('a', () => Promise.resolve());
    write.resolve(undefined);
    await written;
    expect(facts.get('a')).toBeUndefined();
    await facts.change('a', () => Promise.resolve(), '2');
    expect(facts.get('a')).toBe('2');
  });

  test('what somebody else changes during a change is not known after it', async () => {
    const facts = createFacts<string>(ALWAYS_ALONE, 10);
    const write = Promise.withResolvers<undefined>();
    const written = facts.change('a', () => write.promise, '1');
    // The sweeper has deleted what was written, before the writer heard that it was.
    facts.forget('a');
    write.resolve(undefined);
    await written;
    expect(facts.get('a')).toBeUndefined();
  });

  test('what is set is not undone by a look from before it', async () => {
    const facts = createFacts<string>(ALWAYS_ALONE, 10);
    const { look, end } = slowLook();
    const found = facts.find('a', look);
    facts.set('a', 'new');
    end('old');
    await found;
    expect(facts.get('a')).toBe('new');
  });
});

describe('beside others', () => {
  test('nothing is known, and nothing that was known before they came', async () => {
    const presence = changingPresence();
    const facts = createFacts<string>(presence, 10);
    facts.set('a', '1');
    presence.alone = false;
    expect(facts.get('a')).toBeUndefined();
    expect(await facts.find('a', () => Promise.resolve('2'))).toBe('2');
    presence.alone = true;
    presence.epoch++;
    expect(facts.get('a')).toBeUndefined();
  });

  test('a look that began before they came does not count after', async () => {
    const presence = changingPresence();
    const facts = createFacts<string>(presence, 10);
    const { look, end } = slowLook();
    const found = facts.find('a', look);
    presence.epoch++;
    end('old');
    await found;
    expect(facts.get('a')).toBeUndefined();
  });

  test('a change during which they came and went says nothing', async () => {
    const presence = changingPresence();
    const facts = createFacts<string>(presence, 10);
    const write = Promise.withResolvers<undefined>();
    const written = facts.change('a', () => write.promise, '1');
    presence.epoch++;
    write.resolve(undefined);
    await written;
    expect(facts.get('a')).toBeUndefined();
  });

  test('each asks for itself', async () => {
    const presence = changingPresence();
    presence.alone = false;
    const facts = createFacts<string>(presence, 10);
    const { look, end, looks } = slowLook();
    const asked = [facts.find('a', look), facts.find('a', look)];
    end('1');
    await Promise.all(asked);
    expect(looks()).toBe(2);
  });
});

describe('in a family', () => {
  const shared = {
    claim: () => Promise.resolve(() => undefined),
    tell: () => undefined,
    listen: () => undefined,
  };

  test('what another one has added since a look began is found by who asks after that', async () => {
    const facts = createFacts<string>(ALWAYS_ALONE, 10, { shared });
    const before = slowLook();
    const first = facts.find('a', before.look);
    const second = facts.find('a', () => Promise.resolve('1'));
    before.end(undefined);
    expect([await first, await second]).toEqual([undefined, '1']);
  });

  test('a change that ends after everything was swept away says nothing', async () => {
    const facts = createFacts<string>(ALWAYS_ALONE, 10, { shared });
    const written = Promise.withResolvers<undefined>();
    const adding = facts.add('a', () => written.promise, '1');
    facts.forgetWhere(() => true);
    written.resolve(undefined);
    await adding;
    expect(facts.get('a')).toBeUndefined();
  });
});
