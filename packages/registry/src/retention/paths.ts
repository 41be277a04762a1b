import { createHash } from 'node:crypto';
import { RETENTION } from '../layout/paths.js';

/*
 *   _outrigger/retention
 *   ├── lease                        who applies the policies
 *   ├── clock                        written to learn the store's time
 *   ├── last                         when the last whole pass began
 *   ├── recording                    since when pulls have been recorded without a gap
 *   └── pulls/<hash of a name>/<id>  when manifests of the repository were pulled
 */

export const LEASE = `${RETENTION}/lease`;
export const CLOCK = `${RETENTION}/clock`;
export const LAST_PASS = `${RETENTION}/last`;
export const RECORDING = `${RETENTION}/recording`;
export const PULLS = `${RETENTION}/pulls`;

/** Below it lie the files of one repository: its name may be longer than that of a file. */
export function pullsOf(repository: string): string {
  return `${PULLS}/${createHash('sha256').update(repository).digest('hex').slice(0, 40)}`;
}
