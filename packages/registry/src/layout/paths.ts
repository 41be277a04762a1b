import type { Digest } from '../reference/digest.js';

/*
 * Distribution's layout (registry/storage/paths.go), read and written by both registries. What is `blobs`, `_layers` and `_manifests` in it
 * belongs to layout/distribution; all else is what every layout has beside the content of repositories:
 *
 *   /docker/registry/v2
 *   ├── _outrigger
 *   │   ├── gc                                                  ours: see gc/paths.ts
 *   │   ├── uploads-clock                                       ours: written to learn the store's time
 *   │   ├── deleted                                             ours: directories on their way out
 *   │   ├── retention                                           ours: see retention/paths.ts
 *   │   └── notifications                                       ours: see notifications/replica-spool.ts
 *   ├── blobs/<algorithm>/<first two hex digits>/<hex>/data      the content itself, once for all repositories
 *   └── repositories/<name>
 *       ├── _layers/<algorithm>/<hex>/link                      this repository has the blob
 *       ├── _manifests
 *       │   ├── revisions/<algorithm>/<hex>/link                this repository has the manifest
 *       │   └── tags/<tag>
 *       │       ├── current/link                                what the tag names now
 *       │       └── index/<algorithm>/<hex>/link                what it has named
 *       ├── _uploads/<id>
 *       │   ├── data                                            the bytes so far
 *       │   ├── startedat                                       RFC 3339
 *       │   └── hashstates/<algorithm>/<offset>                 Go's own hash state; never ours
 *       └── _outrigger                                          ours: Distribution's walks skip names with `_`
 *           ├── deleting, pushing, changing                     see replicas/turns.ts and replicas/exclusive.ts
 *           ├── referrers/<algorithm>/<hex of the subject>/<algorithm>-<hex of the referrer>
 *           └── without-subject                                 manifests that need no entry in referrers
 *
 * A link is a file that holds a digest, without a newline.
 */

/** In another layout see layout/oci/relocate.ts. */
export const ROOT = '/docker/registry/v2';

/** Below it lie the repositories, in directories of their names. */
export const REPOSITORIES = `${ROOT}/repositories`;

/** Below it lies what the collectors of all replicas agree on. */
export const GARBAGE = `${ROOT}/_outrigger/gc`;

/** Below it lies what is being deleted, where nobody looks for it. */
export const DELETED = `${ROOT}/_outrigger/deleted`;

/** Below it lies what replicas agree on about retention, and when what was pulled. */
export const RETENTION = `${ROOT}/_outrigger/retention`;

/** Written before uploads are purged. */
export const UPLOADS_CLOCK = `${ROOT}/_outrigger/uploads-clock`;

/** Below it lie events that no endpoint has taken yet. */
export const NOTIFICATIONS = `${ROOT}/_outrigger/notifications`;

export function uploads(name: string): string {
  return `${REPOSITORIES}/${name}/${UPLOADS}`;
}

/** The directory of one upload; deleting it forgets the upload. */
export function upload(name: string, id: string): string {
  return `${uploads(name)}/${id}`;
}

export function uploadData(name: string, id: string): string {
  return `${upload(name, id)}/data`;
}

export function uploadStartedAt(name: string, id: string): string {
  return `${upload(name, id)}/startedat`;
}

/** Below it lie the directories of all subjects. */
export function referrerIndex(name: string): string {
  return `${REPOSITORIES}/${name}/_outrigger/referrers`;
}

/** Holds one file for each manifest that has `subject` as its subject. */
export function referrers(name: string, subject: Digest): string {
  return `${referrerIndex(name)}/${digestParts(subject)}`;
}

/** Holds a file for each delete of a manifest or a tag that goes on. */
export function deletions(name: string): string {
  return `${REPOSITORIES}/${name}/_outrigger/deleting`;
}

/** Holds a file for each push of a manifest that goes on beside other replicas. */
export function pushes(name: string): string {
  return `${REPOSITORIES}/${name}/_outrigger/pushing`;
}

/** Holds a file for each replica that changes, or wants to change, what all of a repository lies in. */
export function changes(name: string): string {
  return `${REPOSITORIES}/${name}/_outrigger/changing`;
}

/** A list of digests, one a line. */
export function manifestsWithoutSubject(name: string): string {
  return `${REPOSITORIES}/${name}/_outrigger/without-subject`;
}

export function referrer(name: string, subject: Digest, manifest: Digest): string {
  return `${referrers(name, subject)}/${manifest.algorithm}-${manifest.hex}`;
}

export const UPLOADS = '_uploads';

function digestParts({ algorithm, hex }: Digest): string {
  return `${algorithm}/${hex}`;
}
