import type { Digest } from '../reference/digest.js';
import { isRegistryError } from '../registry-error.js';
import { readManifest } from '../manifests/manifest-content.js';
import type { Manifest } from '../manifests/parse-manifest.js';
import { parseManifest } from '../manifests/parse-manifest.js';
import type { Store } from '../store.js';
import type { ReferrerDescriptor } from './referrer-entry.js';
import { describeReferrer } from './referrer-entry.js';

/** The tag in which clients keep the referrers of a subject where a registry does not ("Referrers Tag Schema"). */
export function fallbackTag({ algorithm, hex }: Digest): string {
  return `${algorithm}-${hex.slice(0, 64)}`;
}

/**
 * The digests in a fallback tag, which may be left from before, or from another registry's turn on the store. Each of
 * them is a claim: see {@link describeFallback}.
 */
export async function listFallback(store: Store, name: string, subject: Digest): Promise<Digest[]> {
  const digest = await store.layout.tags.resolve(name, fallbackTag(subject));
  const index = digest && (await parseStored(store, name, digest));
  return (index?.manifests ?? []).map((each) => each.digest);
}

/** The descriptor of a manifest that the repository has and that really has the subject; otherwise undefined. */
export async function describeFallback(
  store: Store,
  name: string,
  subject: Digest,
  digest: Digest,
): Promise<ReferrerDescriptor | undefined> {
  const content = await readManifest(store, name, digest);
  const manifest = content && parseQuietly(content);
  if (content === undefined || manifest?.subject?.digest.text !== subject.text) return undefined;
  return describeReferrer(manifest, digest, content.length);
}

async function parseStored(store: Store, name: string, digest: Digest): Promise<Manifest | undefined> {
  const content = await readManifest(store, name, digest);
  return content && parseQuietly(content);
}

function parseQuietly(content: Buffer): Manifest | undefined {
  try {
    return parseManifest(content, undefined);
  } catch (error) {
    if (isRegistryError(error)) return undefined;
    throw error;
  }
}
