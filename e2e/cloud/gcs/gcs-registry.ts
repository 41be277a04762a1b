import type { GcsBucket } from '../../harness/gcs-server.js';
import type { RegistryOptions } from '../../harness/start-registry.js';

export interface OverGcs {
  /** Of a proxy in front of the server. */
  readonly url?: string;
  /** Where clients may be sent to. Default: nowhere. */
  readonly redirectHosts?: readonly string[];
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** A registry over a bucket, its driver in a process of its own. */
export function overGcs(
  bucket: GcsBucket,
  { url, redirectHosts = [], parameters }: OverGcs = {},
): RegistryOptions {
  return {
    driver: 'gcs',
    // Keys as Distribution has them by default.
    parameters: { ...bucket.parameters(url), rootdirectory: '', ...parameters },
    sections: { outrigger: { profile: 'strict', redirectHosts, limits: { uploadsPerUser: 0 } } },
  };
}

/** What is in a bucket beside content, at the end of a test: nothing of an upload. */
export function leftovers(keys: readonly string[]): string[] {
  return keys.filter((key) => key.includes('/_uploads/') || key.includes('_outrigger-uploads'));
}
