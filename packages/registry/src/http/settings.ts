import type { RequiredReferences } from '../manifests/verify-references.js';
import type { UrlRules } from '../validation/url-rules.js';

/** What the handlers need to know of the configuration. */
export interface Settings {
  /** Signs the tokens of uploads; all replicas share it. */
  readonly secret: Uint8Array;
  readonly deleteEnabled: boolean;
  readonly readOnly: boolean;
  /** Whether clients may be sent to the storage for blobs, where the driver can. */
  readonly redirect: boolean;
  /** Hosts that clients may be sent to, see {@link isAllowedRedirect}. Undefined: all. */
  readonly redirectHosts: readonly string[] | undefined;
  /** Whether a mount without `from` takes the blob from anywhere: only right where everybody may read everything. */
  readonly anonymousMount: boolean;
  /** What must be there before a manifest that names it is taken. */
  readonly references: RequiredReferences;
  /** Which URLs a manifest may name for its layers. Undefined: any. */
  readonly urlRules: UrlRules | undefined;
  /** Largest manifest, in bytes. */
  readonly manifestLimit: number;
  /** Largest blob that is taken, in bytes. Undefined: any. */
  readonly blobLimit: number | undefined;
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
