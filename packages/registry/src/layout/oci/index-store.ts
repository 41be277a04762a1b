import type { CallOptions } from '@outrigger/driver';
import { MAX_PUT_SIZE, StorageError } from '@outrigger/driver';
import type { Facts } from '../../content/facts.js';
import { createFacts } from '../../content/facts.js';
import type { Lru } from '../../content/lru.js';
import { createLru } from '../../content/lru.js';
import { keysOfKind } from '../../replicas/family.js';
import type { StoreCore } from '../../store-core.js';
import { orAbsent } from '../or-absent.js';
import type { IndexDocument } from './index-document.js';
import { EMPTY_INDEX, parseIndex, serializeIndex } from './index-document.js';
import { indexFile, layoutFile } from './paths.js';

/** The index.json of each repository, as it is read and written. */
export interface IndexStore {
  /** Undefined where there is none. May be a moment old. */
  read(name: string, options?: CallOptions): Promise<IndexDocument | undefined>;
  /**
   * What `look` finds. Nothing is said to be absent before the store itself was asked: another tool may just have put it there.
   */
  find<T>(
    name: string,
    look: (document: IndexDocument) => T | undefined | Promise<T | undefined>,
    options?: CallOptions,
  ): Promise<T | undefined>;
  /** As it is at this moment; {@link EMPTY_INDEX} where there is none. */
  readNow(name: string): Promise<IndexDocument>;
  /** Replaces it. Only for who keeps all others from doing so: see change-index.ts. */
  write(name: string, document: IndexDocument): Promise<void>;
  forget(name: string): void;
}

interface Parsed {
  readonly content: Buffer;
  readonly document: IndexDocument;
}

/** Other tools change a layout beside us: what is remembered for longer than this would be a nuisance to who uses both. */
const MAX_AGE_MS = 1000;
/** Bytes of files whose documents are kept. */
const PARSED_BYTES = 32 * 1024 * 1024;
/** Descriptors of all repositories together. */
const KNOWN_ENTRIES = 262_144;
/** Repositories that surely have their oci-layout. */
const KNOWN_LAYOUTS = 16_384;

/** @param maxAgeMs - how long facts are believed, in milliseconds */
export function createIndexStore(core: StoreCore, maxAgeMs = MAX_AGE_MS): IndexStore {
  const { presence, family } = core;
  const facts: Facts<IndexDocument> = createFacts(presence.family, KNOWN_ENTRIES, {
    shared: family && keysOfKind(family, 'index'),
    maxAgeMs: Math.min(maxAgeMs, MAX_AGE_MS),
    weigh: ({ entries }) => entries.length + 1,
  });
  const parsed = createLru<Parsed>(PARSED_BYTES, ({ content }) => content.length + 1);
  const laidOut = createLru<true>(KNOWN_LAYOUTS, () => 1);
  const load = (name: string, options?: CallOptions) => loadIndex(core, parsed, name, options);
  const read: IndexStore['read'] = (name, options) =>
    facts.find(name, (lookOptions) => load(name, lookOptions), options);
  return {
    read,
    async find(name, look, options) {
      const known = facts.get(name);
      const remembered = known && (await look(known));
      if (remembered !== undefined) return remembered;
      if (known !== undefined) facts.forget(name);
      const document = await read(name, options);
      return document && look(document);
    },
    readNow: async (name) => (await load(name)) ?? EMPTY_INDEX,
    async write(name, document) {
      const content = serializeIndex(document);
      if (content.length > MAX_PUT_SIZE) throw tooLarge(indexFile(name), content.length);
      if (laidOut.get(name) === undefined) await layOut(core, name);
      laidOut.set(name, true);
      await facts.change(name, () => core.driver.put(indexFile(name), content), document);
      parsed.set(name, { content, document });
    },
    forget: (name) => facts.forget(name),
  };
}

/** The same bytes are the same document, and are not parsed again. */
async function loadIndex(
  { driver, log }: StoreCore,
  parsed: Lru<Parsed>,
  name: string,
  options?: CallOptions,
): Promise<IndexDocument | undefined> {
  const path = indexFile(name);
  const bytes = await orAbsent(driver.get(path, options));
  if (bytes === undefined) return undefined;
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const known = parsed.get(name);
  if (known?.content.equals(content) === true) return known.document;
  try {
    const document = parseIndex(content, path);
    parsed.set(name, { content, document });
    return document;
  } catch (error) {
    log.error({ name, path, err: error }, 'the index.json of a repository is broken');
    throw error;
  }
}

/** What makes the directory a layout (image-spec, "oci-layout file"), before the index that it is for. */
async function layOut({ driver }: StoreCore, name: string): Promise<void> {
  const path = layoutFile(name);
  if ((await orAbsent(driver.stat(path))) === undefined) await driver.put(path, OCI_LAYOUT);
}

const OCI_LAYOUT = Buffer.from('{"imageLayoutVersion":"1.0.0"}', 'utf8');

function tooLarge(path: string, size: number): StorageError {
  return new StorageError(
    'QUOTA_EXCEEDED',
    `${path} would have ${String(size)} bytes, and at most ${String(MAX_PUT_SIZE)} can be stored at once`,
    { path },
  );
}
