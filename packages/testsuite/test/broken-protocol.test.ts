import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type CaseResult, prepareProtocol, protocolCases, runCase } from '../src/index.js';

const file = fileURLToPath(new URL('fixtures/broken-driver.mjs', import.meta.url));

/** A fault of the fixture, and the cases that must find it. */
const FAULTS: readonly [fault: string, foundBy: readonly string[]][] = [
  ['prints a banner', ['P1', 'P41', 'P70']],
  ['answers twice', ['P14', 'P20', 'P21']],
  ['swallows cancelled', ['P20']],
  ['an unknown capability', ['P1']],
  ['no inline', ['P1']],
  ['one error code for all', ['P2', 'P4', 'P5', 'P10', 'P11', 'P12', 'P16', 'P50']],
  ['tells values', ['P3']],
  ['grants a second initialize', ['P5']],
  ['numbers for ids', ['P13']],
  ['survives garbage', ['P32']],
  ['waits for any length', ['P33']],
  ['always status 0', ['P32', 'P33', 'P44']],
  ['outlives stdin', ['P40', 'P41', 'P42']],
  ['outlives SIGTERM', ['P45']],
  ['ends at an answer', ['P22']],
  ['ends at a cancel without an id', ['P21']],
  ['does not keep to inlineChunkBytes', ['P15.limits']],
  ['does not keep to pageEntries', ['P15.limits']],
  ['takes what is no base64', ['P18']],
  ['ends a writer that it refuses', ['P19']],
];

/** Enough for what works; what waits for an answer that never comes ends with it. */
const TIMEOUT_MS = 3000;

async function run(id: string, fault: string, ephemeral = true): Promise<CaseResult> {
  const found = protocolCases.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no case ${id}`);
  const environment = { ...process.env, FAULT: fault };
  const prepare = prepareProtocol({ file, parameters: {}, environment, ephemeral });
  const timeout = fault === '' ? {} : { timeoutMs: TIMEOUT_MS };
  return runCase({ ...found, ...timeout }, prepare, 'broken');
}

describe.each(FAULTS)('a driver that %s', (fault, foundBy) => {
  it.each(foundBy)('is found by %s', { timeout: 120_000 }, async (id) => {
    const result = await run(id, fault);
    expect(result.status, result.reason).toBe('failed');
  });
});

const USED = [...new Set(FAULTS.flatMap(([, foundBy]) => foundBy))];

it.each(USED)('the fixture without a fault passes %s', { timeout: 120_000 }, async (id) => {
  const result = await run(id, '');
  expect(result.error).toBeUndefined();
});

it.each(['P60', 'P61'])('a store that loses everything fails %s', { timeout: 120_000 }, async (id) => {
  const result = await run(id, '', false);
  expect(result.status).toBe('failed');
});
