import { checkDriver } from '@outrigger/driver';
import { inmemory } from '@outrigger/plugin-memory';
import { describe, expect, it } from 'vitest';
import { contractCases, prepareContract, runCase } from '../src/index.js';
import { BROKEN_CAPABILITIES } from './broken-drivers/capabilities.js';
import { BROKEN_CONTENTS } from './broken-drivers/contents.js';
import { BROKEN_FACTS } from './broken-drivers/facts.js';
import { BROKEN_LISTINGS } from './broken-drivers/listings.js';
import { BROKEN_NAMESPACES } from './broken-drivers/namespaces.js';
import { BROKEN_READERS } from './broken-drivers/readers.js';
import { BROKEN_WRITERS } from './broken-drivers/writers.js';

/** Enough for what works; a case that waits for what never comes ends with it. */
const TIMEOUT_MS = 2000;

const BROKEN_DRIVERS = [
  ...BROKEN_CONTENTS,
  ...BROKEN_NAMESPACES,
  ...BROKEN_LISTINGS,
  ...BROKEN_CAPABILITIES,
  ...BROKEN_WRITERS,
  ...BROKEN_READERS,
  ...BROKEN_FACTS,
];

describe.each(BROKEN_DRIVERS)('$fault', ({ foundBy, breakIt }) => {
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
