/** What was done to one register, and when the client knew. Times of one clock. */
export interface Operation {
  readonly kind: 'put' | 'get' | 'delete' | 'deleteIf';
  /** What was put, what a get has found (undefined: nothing), or what a `deleteIf` deletes. */
  readonly value?: string | undefined;
  /** Of a delete: whether there was something. */
  readonly found?: boolean;
  readonly begin: number;
  /** Infinity: the client never knew. It may have happened at any time since, or not at all. */
  readonly end: number;
}

/** @returns whether `operation` is possible in a state, and the state after it */
function step(
  { kind, value, found, end }: Operation,
  state: string | undefined,
): { state: string | undefined } | undefined {
  switch (kind) {
    case 'put':
      return { state: value };
    case 'get':
      return state === value ? { state } : undefined;
    case 'delete':
      return end === Infinity || found === (state !== undefined) ? { state: undefined } : undefined;
    case 'deleteIf':
      return { state: state === value ? undefined : state };
  }
}

/**
 * Whether there is an order of the operations, each at one moment between its begin and its end, in which a single register would
 * have behaved so (Wing and Gong, with the memory of Lowe). A get is put in order as soon as it is possible: it changes nothing.
 *
 * @throws Error when there is too much to try
 */
export function isLinearizable(history: readonly Operation[]): boolean {
  const sorted = history.toSorted((one, other) => one.begin - other.begin);
  const operations: Operations = {
    known: sorted.filter(({ end }) => end !== Infinity),
    unknown: sorted.filter(({ kind, end }) => end === Infinity && kind !== 'get'),
  };
  const seen = new Set<string>();
  const stack: Configuration[] = [{ first: 0, done: [], used: [], state: undefined }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (next.first === operations.known.length) return true;
    for (const reached of candidates(operations, next)) {
      const key = `${reached.first} ${reached.done.join(',')} ${reached.used.join(',')} ${reached.state ?? ''}`;
      if (seen.has(key)) continue;
      if (seen.size === MOST_CONFIGURATIONS) throw new Error('the history has too much at the same time');
      seen.add(key);
      stack.push(reached);
    }
  }
  return false;
}

const MOST_CONFIGURATIONS = 1_000_000;

interface Operations {
  readonly known: readonly Operation[];
  /** Those of which nobody has seen the end. */
  readonly unknown: readonly Operation[];
}

/** Known operations before `first` are in order, and so are those of `done`, which come after it, and the unknown ones of `used`. */
interface Configuration {
  readonly first: number;
  /** Ascending, as `used` is. */
  readonly done: readonly number[];
  readonly used: readonly number[];
  readonly state: string | undefined;
}

/** What can come next, the best guess last. */
function candidates({ known, unknown }: Operations, configuration: Configuration): Configuration[] {
  const { first, done, used, state } = configuration;
  const found: { end: number; next: Configuration }[] = [];
  // Whatever ended before another one began comes before it.
  let earliestEnd = Infinity;
  for (let index = first; index < known.length; index++) {
    const operation = known[index];
    if (operation === undefined || operation.begin > earliestEnd) break;
    if (done.includes(index)) continue;
    earliestEnd = Math.min(earliestEnd, operation.end);
    const after = step(operation, state);
    if (after === undefined) continue;
    const next = { ...advance(first, [...done, index]), used, state: after.state };
    if (operation.kind === 'get') return [next];
    found.push({ end: operation.end, next });
  }
  found.sort((one, other) => other.end - one.end);
  const guesses = unknown.flatMap((operation, index) => {
    const after = step(operation, state);
    const isPossible = after !== undefined && operation.begin <= earliestEnd && !used.includes(index);
    if (!isPossible || after.state === state) return [];
    return [{ first, done, used: ascending([...used, index]), state: after.state }];
  });
  return [...guesses, ...found.map(({ next }) => next)];
}

function advance(first: number, done: readonly number[]): Pick<Configuration, 'first' | 'done'> {
  const left = ascending(done);
  let next = first;
  while (left[0] === next) {
    left.shift();
    next++;
  }
  return { first: next, done: left };
}

function ascending(numbers: readonly number[]): number[] {
  return numbers.toSorted((one, other) => one - other);
}
