import { CAPABILITY_NAMES } from '@outrigger/driver';
import type { CapabilityName, ConformanceCase, Plane } from './case.js';

/** Files are passed over the plane `file`, which proves the capability `localFiles` of a program. */
type LevelOfCapability = Exclude<CapabilityName, 'localFiles'>;

export type LevelName = 'core' | 'socket' | 'file' | LevelOfCapability;

/** What a driver can be said to conform to. `docs/protocol/conformance.md` has the table. */
export const LEVEL_NAMES: readonly LevelName[] = [
  ...(['core', 'socket', 'file'] as const),
  ...CAPABILITY_NAMES.filter((name) => name !== 'localFiles'),
];

type Tested = Pick<ConformanceCase, 'requires' | 'plane'>;

/**
 * The levels that a case counts for: the capabilities that it needs, or the plane that it ran over.
 *
 * @param ranOver - the plane of a case of the contract; undefined for a case of the protocol, which is of its own plane or core
 */
export function levelsOf({ requires = [], plane }: Tested, ranOver: Plane | undefined): readonly LevelName[] {
  if (requires.length > 0) return requires.map((name) => (name === 'localFiles' ? 'file' : name));
  const on = ranOver ?? plane ?? 'inline';
  return [on === 'inline' ? 'core' : on];
}

/** The planes over which the contract has to run for the cases of some levels. */
export function planesOf(levels: readonly LevelName[], spoken: readonly Plane[]): Plane[] {
  const ofCapabilities = levels.some((level) => level !== 'core' && level !== 'socket' && level !== 'file');
  return spoken.filter((plane) => ofCapabilities || levels.includes(plane === 'inline' ? 'core' : plane));
}
