import type { Removal } from '@outrigger/registry';
import { expect, it } from 'vitest';
import { tellRedis } from '../../src/commands/tell-redis.js';

const MANY = 25_000;

function blobs(count: number): Removal[] {
  return Array.from({ length: count }, (_, n) => ({ kind: 'blob', digest: `sha256:${String(n)}`, size: 1 }));
}

/** A link to a Redis that is there for the first `turns` batches. */
function createLink(turns = Infinity) {
  const state = { told: 0, pending: 0, most: 0, turns };
  const take = () => {
    state.most = Math.max(state.most, ++state.pending);
  };
  const link = {
    onDeleted: take,
    onRemoved: take,
    settle: () => {
      if (state.turns-- <= 0) return Promise.resolve(false);
      state.told += state.pending;
      state.pending = 0;
      return Promise.resolve(true);
    },
  };
  return { state, link };
}

function createLog() {
  const warnings: { told?: unknown }[] = [];
  const quiet = () => undefined;
  return {
    warnings,
    log: { debug: quiet, info: quiet, error: quiet, warn: (fields: object) => void warnings.push(fields) },
  };
}

it('tells of more than a link has in mind at a time', async () => {
  const { state, link } = createLink();
  const { warnings, log } = createLog();
  await tellRedis(link, log, blobs(MANY));
  expect(state.told).toBe(MANY);
  expect(state.most).toBeLessThan(10_000);
  expect(warnings).toEqual([]);
});

it('says what Redis was not told of, and waits no longer', async () => {
  const { state, link } = createLink(2);
  const { warnings, log } = createLog();
  await tellRedis(link, log, blobs(MANY));
  expect(state.told).toBe(2000);
  expect(warnings).toEqual([{ removed: MANY, told: 2000 }]);
});
