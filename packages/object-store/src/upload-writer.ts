import type { FileWriter, WriterMode } from '@outrigger/driver';
import { createSavedCommit } from './commit-saved.js';
import { identityOf } from './identity.js';
import type { Beginning } from './beginning.js';
import { placeObject } from './place-object.js';
import { type UploadContent, createUploadContent } from './upload-content.js';
import type { Writing } from './writing.js';

export interface UploadWriterOptions {
  readonly mode: WriterMode;
  readonly expectedSize: number | undefined;
  /** Of an append. */
  readonly beginning?: Beginning;
}

/**
 * A writer of one object. A close leaves its parts with the store and puts their state, with the bytes that fill none, into a
 * hidden object; an isolated writer has no state.
 */
export function createUploadWriter(writing: Writing, path: string, options: UploadWriterOptions): FileWriter {
  const { store, keys, states, memory } = writing;
  const { mode, beginning, expectedSize } = options;
  const key = keys.of(path);
  const saved = beginning?.saved?.state;
  const partSize = saved?.partSize ?? store.multipart.partSize;
  const begun = saved?.id === undefined ? undefined : { upload: { key, id: saved.id }, parts: saved.parts };
  const content = createUploadContent({ store, memory, key, partSize, expectedSize, begun });
  const leave = enter(writing, path, content);
  let size = beginning?.size ?? 0;
  let isChanged = beginning === undefined;
  /** Another key to which a commit was tried: it may have left the content at the own one. */
  let isPlacing = false;
  let prepared: Promise<void> | undefined;
  /** What is at the key, as far as it is known: see {@link UploadState.replaces}. */
  let replaces = saved?.replaces;

  /** Takes in what the content begins with: once, since what broke in the middle cannot be done again. */
  const prepare = () => (prepared ??= takeBeginning(content, beginning));
  const save = async (): Promise<void> => {
    const isBegun = content.upload !== undefined;
    const [{ parts, tail }, found] = await Promise.all([
      content.settleParts(),
      isBegun ? (replaces ?? lookAt()) : undefined,
    ]);
    const state = { key, id: content.upload?.id, partSize, parts, size, replaces: found };
    await states.save(path, { state, tail }, saved);
  };
  /** What a commit has brought to the key, which failed behind that, is gone on with from there; a state would be one without parts. */
  const keep = () => (content.isComplete ? cleanUp() : save());
  const lookAt = async (): Promise<string> => identityOf(await store.head(key));
  const commitSaved = createSavedCommit(store);
  const place = async (destination: string): Promise<void> => {
    if (!isChanged && saved !== undefined && (await commitSaved(saved, destination))) return;
    if (!isChanged && saved === undefined) return placeObject(store, key, destination, size);
    await prepare();
    await content.commit(destination);
  };
  /** Deletes what the end of an upload leaves behind, other objects too. */
  const cleanUp = async (others: readonly string[] = []): Promise<void> => {
    if (saved !== undefined) return states.remove(path, saved, others);
    if (mode !== 'isolated' && isChanged) await states.discard(path);
    if (others.length > 0) await store.delete(others);
  };

  const commitTo = async (to: string): Promise<void> => {
    content.throwFailure();
    keys.checkWrite(to);
    // It may be done although it fails.
    replaces = undefined;
    isPlacing ||= to !== path;
    await place(keys.of(to));
    // What is left is stale from now on, also where it cannot be removed: the commit does not fail for it.
    await cleanUp(to === path ? [] : [key]).catch(() => undefined);
    leave(true);
  };

  return {
    get size() {
      return size;
    },
    async write(chunk) {
      content.throwFailure();
      if (chunk.length === 0) return;
      await prepare();
      isChanged = true;
      await content.take(chunk, (count) => (size += count));
    },
    commit: () => commitTo(path),
    commitTo,
    // Whoever hears that one of these has failed drops the writer as a rule: nobody holds on to its memory then.
    async close() {
      let isDone = false;
      try {
        if (mode === 'isolated') await content.abort();
        else if (isChanged) await keep();
        isDone = mode !== 'isolated';
      } finally {
        leave(isDone);
      }
    },
    cancel: () =>
      content
        .abort()
        .then(() => cleanUp(isPlacing ? [key] : []))
        .finally(() => {
          leave();
        }),
  };
}

async function takeBeginning(content: UploadContent, beginning: Beginning | undefined): Promise<void> {
  if (beginning === undefined) return;
  for await (const chunk of beginning.read(content.signal)) await content.take(chunk);
}

/** Lets the others know of an open writer; answers how it ends. */
function enter({ open }: Writing, path: string, content: UploadContent): (isDone?: boolean) => void {
  const entry = {
    path,
    get id() {
      return content.upload?.id;
    },
    stop: () => {
      content.stop();
    },
  };
  open.add(entry);
  return (isDone = false) => {
    open.delete(entry);
    content.end(isDone);
  };
}
