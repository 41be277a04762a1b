import type { KeyedLock, Regulator } from '@outrigger/driver';
import type { Lru } from '../content/lru.js';
import { createLru } from '../content/lru.js';
import type { Descriptor } from '../manifests/descriptor.js';
import { isNonDistributable, manifestKind } from '../manifests/media-types.js';
import type { Digest } from '../reference/digest.js';
import { copyBlob } from './copy-blob.js';
import type { TransferCounts } from './counts.js';
import type { TransferFailure } from './failure.js';
import { isOfOneItem } from './failure.js';
import { forEach } from './for-each.js';
import type { ManifestLimits } from './read-manifest.js';
import { readCopied } from './read-manifest.js';
import type { TransferSink } from './sink.js';
import type { SourceRepository, SourceTag } from './source.js';

/** What all repositories of a transfer have in common. */
export interface CopyParts {
  readonly sink: TransferSink;
  readonly limits: ManifestLimits;
  /** Lets so many contents go at a time, of all repositories. */
  readonly blobs: Regulator;
  /** By digest: the second repository with the same content finds it there. */
  readonly locks: KeyedLock;
  readonly onFailure: (failure: TransferFailure) => void;
  /** Called when something has been counted. */
  readonly onProgress: () => void;
  readonly signal: AbortSignal | undefined;
}

/** `missing`: the source does not have it. `failed`: it was told why. */
type Outcome = 'there' | 'missing' | 'failed';

/**
 * Copies a repository: content before what names it, tags last, so that whatever is there when it breaks off is whole, and a second time
 * finds it. One thing that cannot be copied is told, with all that needs it, and keeps nothing else back.
 *
 * @throws StorageError, when the rest cannot be copied either
 */
export async function copyRepository(
  parts: CopyParts,
  from: SourceRepository,
  counts: TransferCounts,
): Promise<void> {
  const { signal, sink } = parts;
  sink.begin(from.name);
  const copy = new RepositoryCopy(parts, from, counts);
  await forEach(from.blobs({ signal }), PARALLEL, (digest) => copy.listedBlob(digest));
  await forEach(from.manifests({ signal }), PARALLEL, (digest) => copy.listedManifest(digest));
  await forEach(from.tags({ signal }), PARALLEL, (tag) => copy.tag(tag));
  await sink.finish(from.name);
}

/** Small calls of one repository. */
const PARALLEL = 16;

/** What was seen to last is not asked for again: about 200 bytes each. */
const REMEMBERED = 8192;

class RepositoryCopy {
  readonly #parts: CopyParts;
  readonly #from: SourceRepository;
  readonly #counts: TransferCounts;
  readonly #blobs: Lru<Promise<Outcome>> = createLru(REMEMBERED, () => 1);
  readonly #manifests: Lru<Promise<Outcome>> = createLru(REMEMBERED, () => 1);

  constructor(parts: CopyParts, from: SourceRepository, counts: TransferCounts) {
    this.#parts = parts;
    this.#from = from;
    this.#counts = counts;
  }

  /** A blob without content is a link that a collector has left: no manifest needs it. */
  async listedBlob(digest: Digest): Promise<void> {
    await this.#blob(digest, undefined);
  }

  async listedManifest(digest: Digest): Promise<void> {
    if ((await this.#manifest(digest)) !== 'missing') return;
    // It may have been deleted since the list.
    if (await this.#from.hasManifest(digest)) this.#fail(digest.text, 'its content is missing or damaged');
  }

  async tag({ tag, digest }: SourceTag): Promise<void> {
    const outcome = await this.#manifest(digest);
    if (outcome !== 'there') {
      const why = outcome === 'missing' ? 'is missing or damaged' : 'could not be copied';
      this.#fail(tag, `its manifest ${digest.text} ${why}`);
      return;
    }
    const { sink, signal, onProgress } = this.#parts;
    const isKept = (await sink.resolveTag(this.#from.name, tag, { signal }))?.text === digest.text;
    if (!isKept) await sink.setTag(this.#from.name, tag, digest);
    this.#counts.tags[isKept ? 'kept' : 'set']++;
    onProgress();
  }

  #blob(digest: Digest, descriptor: Descriptor | undefined): Promise<Outcome> {
    return remember(this.#blobs, digest, () =>
      this.#guard(digest, async () => {
        const done = await copyBlob(this.#parts, this.#from, digest, descriptor?.size);
        if (done === 'missing') return 'missing';
        this.#counts.blobs[done.how]++;
        if (done.how === 'copied') this.#counts.bytes += done.size;
        return 'there';
      }),
    );
  }

  #manifest(digest: Digest): Promise<Outcome> {
    return remember(this.#manifests, digest, () => this.#guard(digest, () => this.#copyManifest(digest)));
  }

  async #copyManifest(digest: Digest): Promise<Outcome> {
    const { sink, limits, signal } = this.#parts;
    const content = await this.#from.readManifest(digest, { signal });
    if (content === undefined) return 'missing';
    const manifest = readCopied(content, digest, limits);
    const needs = [...manifest.blobs, ...manifest.manifests].map((each) => this.#need(digest, each));
    if ((await Promise.all(needs)).includes(false)) return 'failed';
    const isNew = await sink.putManifest(this.#from.name, { digest, content, manifest });
    this.#counts.manifests[isNew ? 'copied' : 'kept']++;
    return 'there';
  }

  /** Whether what a manifest names is there, or need not be. */
  async #need(by: Digest, descriptor: Descriptor): Promise<boolean> {
    const { digest, mediaType } = descriptor;
    // Caches of BuildKit are indexes that name layers.
    const isManifest = manifestKind(mediaType) !== undefined;
    const outcome = await (isManifest ? this.#manifest(digest) : this.#blob(digest, descriptor));
    if (outcome === 'there') return true;
    // An index may name images of platforms that were not taken along.
    if (outcome === 'missing' && (isManifest || isNonDistributable(mediaType))) return true;
    this.#fail(
      by.text,
      `${digest.text}, which it names, ${outcome === 'missing' ? 'is missing or damaged' : 'could not be copied'}`,
    );
    return false;
  }

  async #guard(digest: Digest, act: () => Promise<Outcome>): Promise<Outcome> {
    try {
      this.#parts.signal?.throwIfAborted();
      return await act();
    } catch (error) {
      if (!isOfOneItem(error)) throw error;
      this.#fail(digest.text, error.message);
      return 'failed';
    } finally {
      this.#parts.onProgress();
    }
  }

  #fail(reference: string, reason: string): void {
    this.#parts.onFailure({ repository: this.#from.name, reference, reason });
  }
}

/** The same once. A failure that ends everything need not be forgotten. */
function remember(
  known: Lru<Promise<Outcome>>,
  { text }: Digest,
  find: () => Promise<Outcome>,
): Promise<Outcome> {
  const before = known.get(text);
  if (before !== undefined) return before;
  const found = find();
  known.set(text, found);
  return found;
}
