import { checkDriver } from '@outrigger/driver';
import { inmemory } from '@outrigger/plugin-memory';
import { describe, expect, it } from 'vitest';
import { contractCases, prepareContract, runCase } from '../src/index.js';
import { brokenDrivers } from './broken-drivers.js';

/** Enough for what works; a case that waits for what never comes ends with it. */
const TIMEOUT_MS = 2000;

describe.each(brokenDrivers)('$fault', ({ foundBy, breakIt }) => {
  it.each(foundBy)('is found by %s', async (id) => {
    const found = contractCases.find((each) => each.id === id);
    if (found === undefined) throw new Error(`no case ${id}`);
    const prepare = prepareContract(
      { driver: checkDriver(breakIt(await inmemory.create({}))) },
      { short: true },
    );
    const result = await runCase({ ...found, timeoutMs: TIMEOUT_MS }, prepare, 'broken');
    expect(result.status, result.reason).toBe('failed');
  });
});
