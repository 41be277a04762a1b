import type { FileInfo, ListEntry, StorageDriver } from '@outrigger/driver';
import { MAX_PUT_SIZE, isStorageError, pathNotFound, readToEnd, unsupported } from '@outrigger/driver';
import { forward, withoutShortcuts } from '../forward.js';
import { notAuthentic, notEncrypted } from './errors.js';
import { HEADER, contentSize, createHeader, keyIdOf, objectKey, openWhole, sealWhole } from './format.js';
import type { Keyring } from './keys.js';
import type { Decryption } from './reader.js';
import { openReader } from './reader.js';
import { createTails, isTailPath } from './tail.js';
import { openWriter } from './writer.js';
import { createWorkingPaths } from './working-paths.js';

export function createEncryptedDriver(inner: StorageDriver, keys: Keyring): StorageDriver {
  const tails = createTails(inner, keys);
  const working = createWorkingPaths();
  const decryption: Decryption = {
    inner,
    keys,
    async explain(path, isEncrypted) {
      // Some drivers show what is not committed, and that has no end yet.
      if (working.has(path) || (await tails.exists(path))) return pathNotFound(path);
      return isEncrypted ? notAuthentic(path) : notEncrypted(path);
    },
  };
  const read = async (path: string, stored: Uint8Array): Promise<Uint8Array> => {
    const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.length);
    const keyId = keyIdOf(bytes);
    if (keyId === undefined) throw await decryption.explain(path, false);
    const key = objectKey((await keys.find(keyId)).bytes, bytes.subarray(0, HEADER), 'content');
    const content = openWhole(key, bytes);
    if (content === undefined) throw await decryption.explain(path, true);
    return content;
  };
  const putLarge = async (path: string, stored: Buffer) => {
    const isIsolated = inner.capabilities.isolatedWriters === true;
    const writer = await inner.writer(path, {
      mode: isIsolated ? 'isolated' : 'truncate',
      expectedSize: stored.length,
    });
    try {
      await writer.write(stored);
      await writer.commit();
    } catch (error) {
      await writer.cancel().catch(() => undefined);
      throw error;
    }
  };

  const own: Partial<StorageDriver> = {
    async stat(path, options) {
      return plainInfo(await inner.stat(path, options));
    },
    async list(path, options) {
      for (let { cursor } = { ...options }; ;) {
        const page = await inner.list(path, { ...options, cursor });
        const entries = page.entries.filter((entry) => !isTailPath(entry.path)).map(plainEntry);
        if (entries.length > 0 || page.cursor === undefined) return { ...page, entries };
        ({ cursor } = page);
      }
    },
    async walk(path, options) {
      for (let asked = options; ;) {
        const page = await inner.walk?.(path, asked);
        if (page === undefined) throw unsupported('walk', path);
        const entries = page.entries.filter((entry) => !isTailPath(entry.path)).map(plainInfo);
        if (entries.length > 0 || page.done) return { ...page, entries };
        asked = { ...options, after: page.entries.at(-1)?.path, skipChildren: false };
      }
    },
    async get(path, options) {
      try {
        return await read(path, await inner.get(path, options));
      } catch (error) {
        // With what encryption adds it may be more than `get` gives.
        if (!isStorageError(error) || error.code === 'PATH_NOT_FOUND') throw error;
        const { size } = await inner.stat(path, options);
        if (size <= MAX_PUT_SIZE) throw error;
        return readToEnd(await openReader(decryption, path, options), MAX_PUT_SIZE);
      }
    },
    async put(path, content, options) {
      const { id, bytes } = keys.current();
      const header = createHeader(id);
      const stored = sealWhole(objectKey(bytes, header, 'content'), header, content);
      if (stored.length <= MAX_PUT_SIZE) await inner.put(path, stored, options);
      else await putLarge(path, stored);
    },
    reader: (path, options) => openReader(decryption, path, options),
    async writer(path, options) {
      const writer = await openWriter({ inner, keys, tails }, path, options);
      return options?.mode === 'isolated' ? writer : working.watch(path, writer);
    },
    async delete(path, options) {
      const hadTail = tails.remove(path, options);
      try {
        await inner.delete(path, options);
      } catch (error) {
        if (!(await hadTail) || !isStorageError(error, 'PATH_NOT_FOUND')) throw error;
      }
      await hadTail;
    },
  };
  return forward(inner, own, withoutShortcuts);
}

function plainInfo(info: FileInfo): FileInfo {
  return info.isDir ? info : { ...info, size: contentSize(info.size) };
}

/** What is no directory for sure has a size that can be told. */
function plainEntry({ size, ...entry }: ListEntry): ListEntry {
  if (size === undefined || entry.isDir === true) return size === undefined ? entry : { ...entry, size };
  return entry.isDir === undefined ? entry : { ...entry, size: contentSize(size) };
}
