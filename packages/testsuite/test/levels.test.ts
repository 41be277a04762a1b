import { expect, it } from 'vitest';
import { LEVEL_NAMES, contractCases, protocolCases, summarizeLevels } from '../src/index.js';
import { levelsOf, planesOf } from '../src/level-names.js';
import { DRIVER, RESULTS } from './results.js';

it('counts a case for the capabilities that it needs, otherwise for the plane that it ran over', () => {
  expect(levelsOf({}, 'inline')).toEqual(['core']);
  expect(levelsOf({}, 'socket')).toEqual(['socket']);
  expect(levelsOf({ requires: ['commitTo', 'isolatedWriters'] }, 'socket')).toEqual([
    'commitTo',
    'isolatedWriters',
  ]);
  expect(levelsOf({ plane: 'file' }, undefined)).toEqual(['file']);
  expect(levelsOf({ requires: ['localFiles'] }, undefined)).toEqual(['file']);
  expect(levelsOf({}, undefined)).toEqual(['core']);
});

it('runs the contract over the planes that the levels are about', () => {
  const spoken = ['inline', 'socket', 'file'] as const;
  expect(planesOf(['core'], spoken)).toEqual(['inline']);
  expect(planesOf(['socket', 'file'], spoken)).toEqual(['socket', 'file']);
  expect(planesOf(['walk'], spoken)).toEqual(spoken);
  expect(planesOf(['socket'], ['inline'])).toEqual([]);
});

it('says of every level how far the driver came', () => {
  const levels = summarizeLevels(RESULTS, DRIVER);
  expect(levels.map(({ level }) => level)).toEqual(LEVEL_NAMES);
  expect(levels.slice(0, 4)).toEqual([
    { level: 'core', status: 'failed', passed: 1, failed: ['T3'], skipped: 1 },
    { level: 'socket', status: 'untested', passed: 0, failed: [], skipped: 0 },
    { level: 'file', status: 'undeclared', passed: 0, failed: [], skipped: 0 },
    { level: 'walk', status: 'reached', passed: 1, failed: [], skipped: 0 },
  ]);
});

it('has a case for every level', () => {
  const covered = new Set([
    ...contractCases.flatMap((each) =>
      (['inline', 'socket', 'file'] as const).flatMap((on) => levelsOf(each, on)),
    ),
    ...protocolCases.flatMap((each) => levelsOf(each, undefined)),
  ]);
  expect([...covered].sort()).toEqual([...LEVEL_NAMES].sort());
});
