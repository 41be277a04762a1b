/** What a player remembers while it plays one transcript. */
export interface Memory {
  /** Values that `$as` named. */
  readonly named: Map<string, unknown>;
  /** What the player supplies for `$given`. */
  readonly given: Readonly<Record<string, unknown>>;
  /** Ids on the wire by the ids of the transcript. */
  readonly ids: Map<string | number, unknown>;
}

export function createMemory(given: Readonly<Record<string, unknown>> = {}): Memory {
  return { named: new Map(), given, ids: new Map() };
}

type JsonObject = Readonly<Record<string, unknown>>;

const NOTHING = Symbol('nothing');

/** The value that a player sends for a pattern; fields whose value is nothing are left out. */
export function toValue(pattern: unknown, memory: Memory): unknown {
  if (Array.isArray(pattern)) return pattern.map((each) => toValue(each, memory));
  if (!isObject(pattern)) return pattern;
  if ('$absent' in pattern) return NOTHING;
  if ('$id' in pattern) return memory.ids.get(pattern.$id as number) ?? pattern.$id;
  if ('$the' in pattern)
    return memory.named.has(String(pattern.$the)) ? memory.named.get(String(pattern.$the)) : NOTHING;
  if ('$may' in pattern) return toValue(pattern.$may, memory);
  if ('$oneOf' in pattern) return toValue((pattern.$oneOf as unknown[])[0], memory);
  if ('$like' in pattern) {
    const given = '$given' in pattern ? memory.given[String(pattern.$given)] : undefined;
    const value = given ?? toValue(pattern.$like, memory);
    if ('$as' in pattern) memory.named.set(String(pattern.$as), value);
    return value;
  }
  const fields = Object.entries(pattern).map(([key, each]) => [key, toValue(each, memory)] as const);
  return Object.fromEntries(fields.filter(([, value]) => value !== NOTHING));
}

/** What of `actual` does not match, as lines with a place each; none is a match. */
export function differences(pattern: unknown, actual: unknown, memory: Memory, at = 'message'): string[] {
  if (Array.isArray(pattern)) return arrayDifferences(pattern, actual, memory, at);
  if (!isObject(pattern)) return pattern === actual ? [] : [differ(at, pattern, actual)];
  if ('$absent' in pattern) return actual === undefined ? [] : [differ(at, 'nothing', actual)];
  if ('$may' in pattern) return actual === undefined ? [] : differences(pattern.$may, actual, memory, at);
  if ('$id' in pattern)
    return differences(memory.ids.get(pattern.$id as number) ?? pattern.$id, actual, memory, at);
  if ('$the' in pattern) return differences(memory.named.get(String(pattern.$the)), actual, memory, at);
  if ('$oneOf' in pattern) return oneOfDifferences(pattern.$oneOf as unknown[], actual, memory, at);
  if ('$like' in pattern) {
    if (kindOf(pattern.$like) !== kindOf(actual))
      return [differ(at, `a value like ${JSON.stringify(pattern.$like)}`, actual)];
    if ('$as' in pattern) memory.named.set(String(pattern.$as), actual);
    return [];
  }
  if (!isObject(actual)) return [differ(at, pattern, actual)];
  return Object.entries(pattern).flatMap(([key, each]) =>
    differences(each, actual[key], memory, `${at}.${key}`),
  );
}

function arrayDifferences(
  pattern: readonly unknown[],
  actual: unknown,
  memory: Memory,
  at: string,
): string[] {
  if (!Array.isArray(actual) || actual.length !== pattern.length) return [differ(at, pattern, actual)];
  return pattern.flatMap((each, index) =>
    differences(each, actual[index], memory, `${at}[${String(index)}]`),
  );
}

function oneOfDifferences(
  options: readonly unknown[],
  actual: unknown,
  memory: Memory,
  at: string,
): string[] {
  const each = options.map((option) => differences(option, actual, memory, at));
  return each.some((found) => found.length === 0) ? [] : each.flat();
}

/** As JSON Schema's types; an integer is not just any number. */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function differ(at: string, expected: unknown, actual: unknown): string {
  return `${at}: expected ${JSON.stringify(expected)}, got ${actual === undefined ? 'nothing' : JSON.stringify(actual)}`;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
