/**
 * A configuration as a tree that remembers where everything was said and how: `secret: 0123` is the text `0123` for one key and
 * a number for another.
 */
export type ConfigNode = Leaf | ConfigMap | ConfigList;

export type Scalar = string | number | boolean | null;

export class Leaf {
  readonly value: Scalar;
  /** As it was written. */
  readonly source: string;
  readonly where: string;

  constructor(value: Scalar, source: string, where: string) {
    this.value = value;
    this.source = source;
    this.where = where;
  }
}

export class ConfigMap {
  readonly entries = new Map<string, ConfigNode>();
  readonly where: string;

  constructor(where: string) {
    this.where = where;
  }
}

export class ConfigList {
  readonly items: ConfigNode[] = [];
  readonly where: string;

  constructor(where: string) {
    this.where = where;
  }
}

/** Of a list, the keys are indices; a leaf has none. */
export function childrenOf(node: ConfigNode): readonly (readonly [string, ConfigNode])[] {
  if (node instanceof Leaf) return [];
  if (node instanceof ConfigMap) return [...node.entries];
  return node.items.map((item, index) => [String(index), item] as const);
}

/** Objects, arrays and leaves: what the schema takes. */
export function toInput(node: ConfigNode): unknown {
  return convert(node, (leaf) => leaf);
}

/** Plain values. */
export function toPlain(node: ConfigNode): unknown {
  return convert(node, (leaf) => leaf.value);
}

/** What a leaf inside an input of the schema, as {@link toInput} makes it, comes to. */
export function plainInput(input: unknown): unknown {
  if (input instanceof Leaf) return input.value;
  if (Array.isArray(input)) return input.map(plainInput);
  if (typeof input !== 'object' || input === null) return input;
  return Object.fromEntries(Object.entries(input).map(([key, value]) => [key, plainInput(value)]));
}

/** Where the key, or the nearest one around it that is there, was said. */
export function whereIs(root: ConfigNode, path: readonly PropertyKey[]): string {
  let node = root;
  for (const key of path) {
    const next = childOf(node, key);
    if (next === undefined) break;
    node = next;
  }
  return node.where;
}

/** What was said of a key. */
export function find(root: ConfigNode, path: readonly PropertyKey[]): ConfigNode | undefined {
  let node: ConfigNode | undefined = root;
  for (const key of path) node = node && childOf(node, key);
  return node;
}

function childOf(node: ConfigNode, key: PropertyKey): ConfigNode | undefined {
  if (node instanceof ConfigMap) return node.entries.get(String(key));
  return node instanceof ConfigList ? node.items[Number(key)] : undefined;
}

function convert(node: ConfigNode, ofLeaf: (leaf: Leaf) => unknown): unknown {
  if (node instanceof Leaf) return ofLeaf(node);
  if (node instanceof ConfigList) return node.items.map((item) => convert(item, ofLeaf));
  return Object.fromEntries([...node.entries].map(([key, value]) => [key, convert(value, ofLeaf)]));
}
