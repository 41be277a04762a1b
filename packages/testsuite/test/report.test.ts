import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import type { LevelResult } from '../src/index.js';
import { createBadge, createReport, summarizeLevels } from '../src/index.js';
import { DRIVER, RESULTS } from './results.js';

const SCHEMA = new URL('../../../docs/protocol/schema/report.schema.json', import.meta.url);
const levels = summarizeLevels(RESULTS, DRIVER);

describe('the report', () => {
  const date = new Date('2026-01-02T03:04:05Z');
  const report = createReport({ driver: DRIVER, results: RESULTS, levels, version: '1.2.3', date });
  const schema = JSON.parse(readFileSync(SCHEMA, 'utf8')) as Record<string, unknown>;
  // What is written has no field that the schema does not name.
  const closed = JSON.parse(
    JSON.stringify(schema).replaceAll('"properties":', '"additionalProperties":false,"properties":'),
  ) as object;
  const isValid = new Ajv2020({ strict: false }).compile(closed);

  it('is of its schema', () => {
    isValid(JSON.parse(JSON.stringify(report)));
    expect(isValid.errors).toBeNull();
    expect(isValid({ ...report, levels: undefined })).toBe(false);
    expect(isValid({ ...report, cases: [{ id: 'T1' }] })).toBe(false);
  });

  it('says what was tested, and why a case did not pass', () => {
    expect(report.date).toBe('2026-01-02T03:04:05.000Z');
    expect(report.summary).toEqual({ passed: 2, failed: 1, skipped: 1 });
    expect(report.cases[0]).toMatchObject({ id: 'T1', see: 'docs/protocol/operations.md#operations' });
    expect(report.cases[1]?.message).toBe('not "here" <now>');
    expect(report.cases[2]?.message).toContain('"bad"');
  });
});

describe('the badge', () => {
  const of = (status: LevelResult['status'], level: LevelResult['level']): LevelResult => ({
    level,
    status,
    passed: 1,
    failed: [],
    skipped: 0,
  });

  it('names the levels that were reached, and needs nothing from elsewhere', () => {
    const svg = createBadge([of('reached', 'core'), of('reached', 'socket'), of('undeclared', 'file')]);
    expect(svg).toContain('<title>outrigger driver: core · socket</title>');
    expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(/http|href|url\(/);
  });

  it('names those that failed', () => {
    expect(createBadge(levels)).toContain('<title>outrigger driver: failed: core</title>');
  });

  it('says when there is nothing', () => {
    expect(createBadge([of('untested', 'core')])).toContain('no level');
  });
});
