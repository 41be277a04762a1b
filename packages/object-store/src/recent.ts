/** Values that are made once for all who ask for them within a while. */
export interface Recent<T> {
  get(name: string, make: () => T): T;
  /** @param value - only this one; left out: whichever is there */
  forget(name: string, value?: T): void;
}

/** Of signed URLs, about 1.5 kB each. */
const MOST = 1024;

/** @param forMs - how long a value is given to whoever asks, in milliseconds */
export function createRecent<T>(forMs: number, now: () => number): Recent<T> {
  const made = new Map<string, { readonly at: number; readonly value: T }>();
  // Below 0 the clock was set back, and nobody knows how old it is.
  const isFresh = (age: number) => age >= 0 && age < forMs;
  return {
    get(name, make) {
      const known = made.get(name);
      if (known !== undefined && isFresh(now() - known.at)) return known.value;
      const value = make();
      made.delete(name);
      made.set(name, { at: now(), value });
      const [oldest] = made.keys();
      if (made.size > MOST && oldest !== undefined) made.delete(oldest);
      return value;
    },
    forget(name, value) {
      if (value === undefined || made.get(name)?.value === value) made.delete(name);
    },
  };
}
