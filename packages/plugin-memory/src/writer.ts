import type { FileWriter, WriterMode } from '@outrigger/driver';
import { alreadyClosed, pathNotFound } from '@outrigger/driver';
import type { Content } from './content.js';
import { createContent } from './content.js';
import type { Store } from './store.js';
import { isDirectory } from './tree.js';

/** Opens a writer. Nothing that it writes is visible before the commit, in any mode. */
export function openWriter(store: Store, path: string, mode: WriterMode): FileWriter {
  const content = mode === 'append' ? contentToContinue(store, path) : createContent();
  store.tree.checkSet(path);
  if (mode === 'truncate') store.uploads.delete(path);
  let ended: 'closed' | 'committed' | 'cancelled' | undefined;
  const checkOpen = () => {
    if (ended !== undefined) throw alreadyClosed(path, ended);
  };
  const commitTo = (to: string) => {
    checkOpen();
    store.commit(to, content);
    ended = 'committed';
    if (mode !== 'isolated') store.uploads.delete(path);
  };
  return {
    get size() {
      return content.size;
    },
    async write(chunk) {
      checkOpen();
      content.append(chunk);
    },
    async close() {
      checkOpen();
      ended = 'closed';
      if (mode !== 'isolated') store.uploads.set(path, content);
    },
    async commit() {
      commitTo(path);
    },
    async commitTo(to) {
      commitTo(to);
      if (to !== path) store.tree.remove(path);
    },
    async cancel() {
      checkOpen();
      ended = 'cancelled';
      if (mode !== 'isolated') store.uploads.delete(path);
    },
  };
}

/** A fork, so that two writers that continue the same upload do not mix. */
function contentToContinue(store: Store, path: string): Content {
  const upload = store.uploads.get(path);
  if (upload !== undefined) return upload.fork();
  const node = store.tree.find(path);
  if (node === undefined || isDirectory(node)) throw pathNotFound(path);
  return node.content.fork();
}
