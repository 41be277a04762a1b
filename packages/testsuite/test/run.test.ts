import { checkDriver } from '@outrigger/driver';
import { inmemory } from '@outrigger/plugin-memory';
import { expect, it } from 'vitest';
import {
  type CaseResult,
  CaseSkipped,
  type ConformanceCase,
  LeftoversError,
  contractCases,
  prepareContract,
  runCases,
} from '../src/index.js';

function caseOf(
  id: string,
  run: ConformanceCase['run'],
  more: Partial<ConformanceCase> = {},
): ConformanceCase {
  return { id, name: id, promise: 'It runs.', run, ...more };
}

async function resultsOf(...cases: ConformanceCase[]): Promise<CaseResult[]> {
  const prepare = prepareContract({ driver: checkDriver(await inmemory.create({})) }, { seed: 7 });
  const results: CaseResult[] = [];
  for await (const result of runCases(cases, prepare, 'suite')) results.push(result);
  return results;
}

it('reports passed, failed and skipped cases, and goes on', async () => {
  const results = await resultsOf(
    caseOf('good', async () => undefined),
    caseOf('bad', () => Promise.reject(new Error('why'))),
    caseOf('needless', () => Promise.reject(new CaseSkipped('nothing to prove'))),
    caseOf('undeclared', async () => undefined, { requires: ['redirectURL'] }),
  );
  expect(results.map(({ id, status }) => [id, status])).toEqual([
    ['good', 'passed'],
    ['bad', 'failed'],
    ['needless', 'skipped'],
    ['undeclared', 'skipped'],
  ]);
  expect(results[1]?.error?.message).toBe('why [OUTRIGGER_TEST_SEED=7]');
  expect(results[2]?.reason).toBe('nothing to prove');
  expect(results[3]?.reason).toBe('the driver does not declare redirectURL');
});

it('removes what a case claimed, also when it failed', async () => {
  const results = await resultsOf(
    caseOf('bad', async ({ driver, scratch }) => {
      await driver.put(scratch.path(), new Uint8Array(1));
      throw new Error('why');
    }),
    caseOf('good', async ({ driver }) => expect((await driver.list('/')).entries).toEqual([])),
  );
  expect(results.map((result) => result.status)).toEqual(['failed', 'passed']);
});

it('ends the suite when something is left behind, and names it', async () => {
  const results = await resultsOf(
    caseOf('messy', ({ driver }) => driver.put('/left/behind', new Uint8Array(1))),
    caseOf('next', async () => undefined),
  );
  expect(results[0]?.error).toBeInstanceOf(LeftoversError);
  expect(results[0]?.error).toMatchObject({ leftovers: ['/left'] });
  expect(results[1]).toMatchObject({ status: 'skipped' });
  expect(results[1]?.reason).toContain('/left');
});

it('ends a case that never ends, and aborts its signal', async () => {
  let isAborted = false;
  const endless = caseOf(
    'endless',
    ({ signal }) =>
      new Promise(() => {
        signal.addEventListener('abort', () => (isAborted = true));
      }),
    { timeoutMs: 20 },
  );
  const [result] = await resultsOf(endless);
  expect(result?.error?.message).toContain('not done within 20 ms');
  expect(isAborted).toBe(true);
});

it('gives every case the same names and contents for the same seed', async () => {
  const seen: string[] = [];
  const note = caseOf(
    'note',
    async ({ scratch }) =>
      void seen.push(scratch.path(), Buffer.from(scratch.content(9).bytes()).toString('hex')),
  );
  await resultsOf(note);
  await resultsOf(
    caseOf('other', async () => undefined),
    note,
  );
  expect(seen.slice(0, 2)).toEqual(seen.slice(2));
});

it('has cases with ids of their own, each with a promise', () => {
  const ids = contractCases.map((each) => each.id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { promise, name } of contractCases) {
    expect(promise).not.toBe('');
    expect(name).toMatch(/^[a-zA-Z][a-zA-Z0-9 -]*: /);
  }
});
