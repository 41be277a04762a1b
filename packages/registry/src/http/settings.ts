import type { RequiredReferences } from '../manifests/verify-references.js';

/** What the handlers need to know of the configuration. */
export interface Settings {
  /** Signs the tokens of uploads; all replicas share it. */
  readonly secret: Uint8Array;
  readonly deleteEnabled: boolean;
  readonly readOnly: boolean;
  /** Whether clients may be sent to the storage for blobs, where the driver can. */
  readonly redirect: boolean;
  /** Whether a mount without `from` takes the blob from anywhere: only right where everybody may read everything. */
  readonly anonymousMount: boolean;
  /** What must be there before a manifest that names it is taken. */
  readonly references: RequiredReferences;
  /** Largest manifest, in bytes. */
  readonly manifestLimit: number;
  /** Most repositories in an answer. */
  readonly catalogMaxEntries: number;
  /** Most tags in an answer to a request with `n`. */
  readonly tagsMax: number;
  /** How long a client may take nothing of its answer, or send less than 1 KiB/s, before it is cut off. Milliseconds. */
  readonly patienceMs: number;
  readonly relativeUrls: boolean;
  /** The origin that clients see, e.g. `https://registry.example.com`, instead of what their requests say. */
  readonly host: string | undefined;
  /** In front of `/v2/`, without a slash at its end; usually empty. */
  readonly prefix: string;
}
