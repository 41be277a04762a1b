/** Keeps tasks apart by key; those that have to wait come in order. */
export interface KeyedLock {
  isHeld(key: string): boolean;
  /** Alone: no other task of the key runs meanwhile. */
  run<T>(key: string, task: () => Promise<T>): Promise<T>;
  /** Together with others that share the key, and never with one that wants to be alone. */
  share<T>(key: string, task: () => Promise<T>): Promise<T>;
}

/** Tasks that may run at the same time: one, or several that share. */
interface Group {
  readonly isShared: boolean;
  /** Of the group before. */
  readonly before: Promise<unknown> | undefined;
  readonly ended: Promise<unknown>;
  readonly end: () => void;
  members: number;
}

export function createKeyedLock(): KeyedLock {
  const last = new Map<string, Group>();

  const enter = async <T>(key: string, group: Group, task: () => Promise<T>): Promise<T> => {
    group.members++;
    last.set(key, group);
    try {
      await group.before;
      return await task();
    } finally {
      group.members--;
      if (group.members === 0) {
        if (last.get(key) === group) last.delete(key);
        group.end();
      }
    }
  };

  return {
    isHeld: (key) => last.has(key),
    run: (key, task) => enter(key, createGroup(last.get(key), false), task),
    share(key, task) {
      const group = last.get(key);
      return enter(key, group?.isShared === true ? group : createGroup(group, true), task);
    },
  };
}

function createGroup(previous: Group | undefined, isShared: boolean): Group {
  const { promise: ended, resolve: end } = Promise.withResolvers<undefined>();
  return { isShared, before: previous?.ended, ended, end: () => end(undefined), members: 0 };
}
