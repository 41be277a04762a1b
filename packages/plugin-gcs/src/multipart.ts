import type { Multipart, MultipartStore, Part } from '@outrigger/object-store';
import { sizeOfParts } from '@outrigger/object-store';
import type { Api } from './api.js';
import { type ComponentNames, createComponentNames, randomName } from './components.js';
import { compose } from './compose.js';
import { copyObject } from './copy.js';
import { deleteObjects } from './delete.js';
import { lookUp } from './head.js';
import { listObjects } from './list.js';
import { putComponent } from './put.js';

/** Parts of one upload on their way at a time. */
const CONCURRENCY = 4;
const PAGE = 1000;
/** Metadata of a composed object: which upload has made it. */
const UPLOAD = 'outrigger-upload';

export interface MultipartOptions {
  readonly keyPrefix: string;
  readonly partSize: number;
}

/** Uploads whose parts are objects of their own, hidden, until they are composed (docs/decisions/0028). */
export function createMultipartStore(api: Api, { keyPrefix, partSize }: MultipartOptions): MultipartStore {
  const names = createComponentNames(keyPrefix);
  return {
    partSize,
    concurrency: CONCURRENCY,
    // Nothing is there before the first part.
    begin: (key) => Promise.resolve({ key, id: randomName() }),
    async uploadPart({ key, id }, number, content, options) {
      const tag = newTag(number);
      await putComponent(api, names.of(key, id) + tag, content, options?.signal);
      return tag;
    },
    async copyPart({ key, id }, number, source, options) {
      const tag = newTag(number);
      const isThere = await copyObject(api, source.key, names.of(key, id) + tag, options?.signal);
      return isThere ? tag : undefined;
    },
    complete: (upload, parts, options) => complete(api, names, upload, { parts, signal: options?.signal }),
    abort: ({ key, id }, options) => deleteAll(api, names.of(key, id), options?.signal),
    findAbandoned: (prefix, before, options) =>
      findAbandoned(api, names, { prefix, before, keyPrefix, signal: options?.signal }),
  };
}

function newTag(number: number): string {
  return `${String(number).padStart(6, '0')}-${randomName()}`;
}

async function complete(
  api: Api,
  names: ComponentNames,
  { key, id }: Multipart,
  { parts, signal }: { parts: readonly Part[]; signal: AbortSignal | undefined },
): Promise<void> {
  const scratch = names.of(key, id);
  try {
    await compose(api, {
      destination: key,
      sources: parts.map(({ tag }) => scratch + tag),
      size: sizeOfParts(parts),
      scratch,
      metadata: { [UPLOAD]: id },
      signal,
    });
  } catch (error) {
    // Done before, when the answer was lost: then the parts may be gone.
    const found = await lookUp(api, key, signal).catch(() => undefined);
    if (found?.metadata?.[UPLOAD] !== id) throw error;
  }
  // What cannot be deleted now is found as abandoned later; the content is there.
  await deleteAll(api, scratch, signal).catch(() => undefined);
}

async function deleteAll(api: Api, prefix: string, signal: AbortSignal | undefined): Promise<void> {
  for (;;) {
    const { objects, next } = await listObjects(api, { prefix, isShallow: false, limit: PAGE, signal });
    await deleteObjects(
      api,
      objects.map(({ key }) => key),
      signal,
    );
    if (next === undefined) return;
  }
}

interface FindAbandoned {
  readonly prefix: string;
  readonly keyPrefix: string;
  readonly before: Date;
  readonly signal: AbortSignal | undefined;
}

/** An upload is as old as its newest part: whoever still sends has not abandoned it. Its parts come one after the other. */
async function* findAbandoned(
  api: Api,
  names: ComponentNames,
  { prefix, keyPrefix, before, signal }: FindAbandoned,
): AsyncGenerator<Multipart> {
  const below = names.all + prefix.slice(keyPrefix.length);
  let current: { upload: Multipart; newest: number } | undefined;
  const isAbandoned = () => current !== undefined && current.newest < before.getTime();
  for (let startAfter: string | undefined; ;) {
    const page = await listObjects(api, { prefix: below, isShallow: false, startAfter, limit: PAGE, signal });
    for (const { key: component, modTime } of page.objects) {
      const upload = names.parse(component);
      if (upload === undefined) continue;
      const isSame = current?.upload.id === upload.id && current.upload.key === upload.key;
      if (!isSame && current !== undefined && isAbandoned()) yield current.upload;
      const newest = Math.max(modTime.getTime(), isSame ? (current?.newest ?? 0) : 0);
      current = { upload, newest };
    }
    if (page.next === undefined) break;
    startAfter = page.next;
  }
  if (current !== undefined && isAbandoned()) yield current.upload;
}
