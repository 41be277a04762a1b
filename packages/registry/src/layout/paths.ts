import type { Digest } from '../reference/digest.js';

/*
 * Distribution's layout (registry/storage/paths.go), read and written by both registries:
 *
 *   /docker/registry/v2
 *   ├── _outrigger
 *   │   ├── gc                                                  ours: see gc/paths.ts
 *   │   ├── uploads-clock                                       ours: written to learn the store's time
 *   │   ├── deleted                                             ours: directories on their way out
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
 *           ├── deleting, pushing                               see replicas/turns.ts
 *           ├── referrers/<algorithm>/<hex of the subject>/<algorithm>-<hex of the referrer>
 *           └── without-subject                                 manifests that need no entry in referrers
 *
 * A link is a file that holds a digest, without a newline.
 */

const ROOT = '/docker/registry/v2';

/** Below it lie the repositories, in directories of their names. */
export const REPOSITORIES = `${ROOT}/repositories`;

/** Below it lies all content. */
export const BLOBS = `${ROOT}/blobs`;

/** Below it lies what the collectors of all replicas agree on. */
export const GARBAGE = `${ROOT}/_outrigger/gc`;

/** Below it lies what is being deleted, where nobody looks for it. */
export const DELETED = `${ROOT}/_outrigger/deleted`;

/** Written before uploads are purged. */
export const UPLOADS_CLOCK = `${ROOT}/_outrigger/uploads-clock`;

/** Below it lie events that no endpoint has taken yet. */
export const NOTIFICATIONS = `${ROOT}/_outrigger/notifications`;

/** The directory of one blob. */
export function blobDirectory(digest: Digest): string {
  return `${BLOBS}/${digest.algorithm}/${digest.hex.slice(0, 2)}/${digest.hex}`;
}

export function blobData(digest: Digest): string {
  return `${blobDirectory(digest)}/data`;
}

export function layers(name: string): string {
  return `${REPOSITORIES}/${name}/${LAYERS}`;
}

/** The directory of one blob's link, which is all that this repository has of it. */
export function layer(name: string, digest: Digest): string {
  return `${layers(name)}/${digestParts(digest)}`;
}

export function layerLink(name: string, digest: Digest): string {
  return `${layer(name, digest)}/link`;
}

export function manifests(name: string): string {
  return `${REPOSITORIES}/${name}/${MANIFESTS}`;
}

/** Below it lie the manifests' links. */
export function revisions(name: string): string {
  return `${manifests(name)}/revisions`;
}

/** The directory of one manifest's link. */
export function revision(name: string, digest: Digest): string {
  return `${revisions(name)}/${digestParts(digest)}`;
}

export function revisionLink(name: string, digest: Digest): string {
  return `${revision(name, digest)}/link`;
}

export function tags(name: string): string {
  return `${manifests(name)}/tags`;
}

export function tag(name: string, tagName: string): string {
  return `${tags(name)}/${tagName}`;
}

export function tagCurrentLink(name: string, tagName: string): string {
  return `${tag(name, tagName)}/current/link`;
}

export function tagIndexLink(name: string, tagName: string, digest: Digest): string {
  return `${tag(name, tagName)}/index/${digestParts(digest)}/link`;
}

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

/** A list of digests, one a line. */
export function manifestsWithoutSubject(name: string): string {
  return `${REPOSITORIES}/${name}/_outrigger/without-subject`;
}

export function referrer(name: string, subject: Digest, manifest: Digest): string {
  return `${referrers(name, subject)}/${manifest.algorithm}-${manifest.hex}`;
}

/** The names of a repository's own directories. */
export const LAYERS = '_layers';
export const MANIFESTS = '_manifests';
export const UPLOADS = '_uploads';

function digestParts({ algorithm, hex }: Digest): string {
  return `${algorithm}/${hex}`;
}
