/** What is put into it in one turn of the event loop goes out in one message. */
export interface Bundle<M extends object> {
  add<K extends keyof M>(
    kind: K,
    ...items: M[K] extends readonly (infer T)[] | undefined ? T[] : never
  ): void;
}

export function createBundle<M extends object>(send: (message: M) => void): Bundle<M> {
  let open: Partial<Record<keyof M, unknown[]>> | undefined;
  const flush = () => {
    const message = open;
    open = undefined;
    if (message !== undefined) send(message as M);
  };
  return {
    add(kind, ...items) {
      if (open === undefined) {
        open = {};
        setImmediate(flush);
      }
      (open[kind] ??= []).push(...items);
    },
  };
}
