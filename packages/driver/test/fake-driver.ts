import type { FileInfo, ListOptions, StorageDriver } from '../src/index.js';
import { baseName, compareNames, isBelow, parentPath, pathNotFound, unsupported } from '../src/index.js';

export const MOD_TIME = new Date(1_700_000_000_000);

/** A driver whose methods all refuse, but for those given. */
export function fakeDriver(methods: Partial<StorageDriver>): StorageDriver {
  const refuse = (what: string) => () => Promise.reject(unsupported(what));
  return {
    name: 'fake',
    capabilities: {},
    stat: refuse('stat'),
    list: refuse('list'),
    get: refuse('get'),
    put: refuse('put'),
    reader: refuse('reader'),
    writer: refuse('writer'),
    move: refuse('move'),
    delete: refuse('delete'),
    close: () => Promise.resolve(),
    ...methods,
  };
}

/** A driver with these files, in pages of three, that counts its calls. */
export function fakeTree(
  files: readonly string[],
  pageSize = 3,
): StorageDriver & { readonly calls: string[]; remove(path: string): void } {
  const left = new Set(files);
  const calls: string[] = [];
  const infoOf = (path: string): FileInfo => {
    const isDir = [...left].some((file) => isBelow(file, path));
    if (!isDir && !left.has(path)) throw pathNotFound(path);
    return { path, size: isDir ? 0 : 1, modTime: MOD_TIME, isDir };
  };
  const childrenOf = (path: string): string[] => {
    const below = [...left].filter((file) => isBelow(file, path));
    if (below.length === 0) throw pathNotFound(path);
    return [...new Set(below.map((file) => childOn(file, path)))].sort((a, b) =>
      compareNames(baseName(a), baseName(b)),
    );
  };
  const driver = fakeDriver({
    stat: async (path) => {
      calls.push(`stat ${path}`);
      return infoOf(path);
    },
    list: async (path, options: ListOptions = {}) => {
      calls.push(`list ${path}`);
      const { cursor } = options;
      const rest = childrenOf(path).filter((child) => cursor === undefined || baseName(child) > cursor);
      const page = rest.slice(0, pageSize);
      const last = page.at(-1);
      return {
        entries: page.map((child) => ({ path: child })),
        ...(last === undefined || rest.length <= pageSize ? {} : { cursor: baseName(last) }),
      };
    },
  });
  const remove = (path: string) => {
    for (const file of left) if (file === path || isBelow(file, path)) left.delete(file);
  };
  return { ...driver, calls, remove };
}

function childOn(file: string, directory: string): string {
  let child = file;
  while (parentPath(child) !== directory) child = parentPath(child);
  return child;
}
