import type { FileWriter } from '@outrigger/driver';
import { commitTo } from '@outrigger/driver';

/** Paths that writers of this process are at work on. */
export interface WorkingPaths {
  has(path: string): boolean;
  /** The writer, whose path counts until its end. */
  watch(path: string, writer: FileWriter): FileWriter;
}

export function createWorkingPaths(): WorkingPaths {
  const counts = new Map<string, number>();
  const add = (path: string, difference: number) => {
    const count = (counts.get(path) ?? 0) + difference;
    if (count > 0) counts.set(path, count);
    else counts.delete(path);
  };
  return {
    has: (path) => counts.has(path),
    watch(path, writer) {
      add(path, 1);
      let isOver = false;
      const end = async (run: () => Promise<void>) => {
        await run();
        if (!isOver) add(path, -1);
        isOver = true;
      };
      return {
        get size() {
          return writer.size;
        },
        write: (chunk) => writer.write(chunk),
        commit: () => end(() => writer.commit()),
        commitTo: (to) => end(() => commitTo(writer, to, path)),
        cancel: () => end(() => writer.cancel()),
        close: () => end(() => writer.close()),
      };
    },
  };
}
