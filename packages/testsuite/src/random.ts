/** Random numbers that a seed repeats. */
export interface Random {
  /** A whole number from `from` up to and without `to`. */
  integer(from: number, to: number): number;
  /** Lowercase letters and digits. */
  word(length: number): string;
}

/** Mulberry32: small, and good enough to choose names and offsets. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (from: number, to: number) => from + Math.floor(next() * (to - from));
  const letter = () => LETTERS.charAt(integer(0, LETTERS.length));
  return { integer, word: (length) => Array.from({ length }, letter).join('') };
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';
