import type { Document, ParsedNode, YAMLError } from 'yaml';
import { LineCounter, isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { ConfigError } from './config-error.js';
import type { ConfigNode, Scalar } from './node.js';
import { ConfigList, ConfigMap, Leaf } from './node.js';

const MAX_SIZE = 256 * 1024;
/** Counted after aliases are resolved: nine lines of aliases make a billion nodes. */
const MAX_NODES = 20_000;
const MAX_DEPTH = 32;

/** Open brackets, quoted ones too: the parser takes seconds for a hundred thousand. */
const MAX_BRACKETS = 1000;

/** These would reach the prototype of an object. */
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * @param name - of the file, or of the environment variable, for messages
 * @param hasLines - whether line numbers help
 * @throws ConfigError whose messages hold nothing of the text
 */
export function parseYaml(text: string, name: string, hasLines = true): ConfigNode {
  const lines = new LineCounter();
  const fail = (message: string, offset?: number): never => {
    throw new ConfigError([{ key: '', where: offset === undefined ? name : at(offset), message }]);
  };
  const at = (offset: number) => (hasLines ? `${name}:${String(lines.linePos(offset).line)}` : name);

  if (text.length > MAX_SIZE) fail(`larger than ${String(MAX_SIZE)} characters`);
  if (bracketDepth(text) > MAX_BRACKETS) fail('nested too deeply');
  const document = parse(text, lines, fail);
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) fail(explain(problem), problem.pos[0]);
  return new TreeBuilder(document, at).build();
}

function parse(text: string, lineCounter: LineCounter, fail: (message: string) => never): Document.Parsed {
  try {
    // Go's YAML, which Distribution reads its configuration with, knows merge keys.
    return parseDocument(text, { lineCounter, merge: true, prettyErrors: false, logLevel: 'error' });
  } catch (error) {
    if (error instanceof RangeError) return fail('nested too deeply');
    throw error;
  }
}

function bracketDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth = bracket === '[' || bracket === '{' ? depth + 1 : Math.max(0, depth - 1);
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

/** The parser's own messages quote the text around the place, which may be a secret. */
function explain({ code }: YAMLError): string {
  const known: Partial<Record<YAMLError['code'], string>> = {
    TAB_AS_INDENT: 'a tab is used as indentation',
    DUPLICATE_KEY: 'the key is there twice',
    MULTIPLE_DOCS: 'more than one document',
    BAD_ALIAS: 'the alias names no anchor before it (a value that starts with * wants quotes)',
    TAG_RESOLVE_FAILED: 'unknown tag (a value that starts with ! wants quotes)',
  };
  return `not valid YAML: ${known[code] ?? code.toLowerCase().replaceAll('_', ' ')}`;
}

class TreeBuilder {
  readonly #document: Document.Parsed;
  readonly #at: (offset: number) => string;
  #nodes = 0;

  constructor(document: Document.Parsed, at: (offset: number) => string) {
    this.#document = document;
    this.#at = at;
  }

  build(): ConfigNode {
    const { contents } = this.#document;
    return contents === null ? new Leaf(null, '', this.#at(0)) : this.#convert(contents, 0);
  }

  /** @param where - of the key, for a value: a map begins, for a reader, at the line of its key */
  #convert(node: ParsedNode | null, depth: number, where = this.#at(node?.range[0] ?? 0)): ConfigNode {
    if (++this.#nodes > MAX_NODES)
      this.#fail(where, `more than ${String(MAX_NODES)} nodes, aliases resolved`);
    if (depth > MAX_DEPTH) this.#fail(where, `nested deeper than ${String(MAX_DEPTH)} levels`);
    if (isAlias(node)) {
      const target = node.resolve(this.#document) as ParsedNode | undefined;
      return target === undefined
        ? this.#fail(where, 'unknown alias')
        : this.#convert(target, depth + 1, where);
    }
    if (isScalar(node)) return this.#leaf(node.value, node.source, where);
    if (isSeq(node)) {
      const list = new ConfigList(where);
      for (const item of node.items) list.items.push(this.#convert(item, depth + 1));
      return list;
    }
    return isMap(node) ? this.#map(node.items, where, depth) : new Leaf(null, '', where);
  }

  #map(pairs: readonly { key: unknown; value?: unknown }[], at: string, depth: number): ConfigMap {
    const map = new ConfigMap(at);
    const merged: ConfigNode[] = [];
    for (const pair of pairs) {
      const { key } = pair;
      const where = this.#at((key as ParsedNode).range[0]);
      if (!isScalar(key)) return this.#fail(where, 'a key must be a plain text');
      const name = key.source ?? '';
      if (FORBIDDEN_KEYS.has(name)) this.#fail(where, 'this key is not allowed');
      const value = this.#convert((pair.value ?? null) as ParsedNode | null, depth + 1, where);
      // The parser marks a merge key, and not one in quotes, by a symbol.
      if (typeof key.value === 'symbol')
        merged.push(...(value instanceof ConfigList ? value.items : [value]));
      else map.entries.set(name, value);
    }
    for (const source of merged) {
      if (!(source instanceof ConfigMap)) return this.#fail(source.where, '<< wants a map');
      for (const [key, value] of source.entries) if (!map.entries.has(key)) map.entries.set(key, value);
    }
    return map;
  }

  #leaf(value: unknown, source: string, where: string): Leaf {
    if (value === null || ['string', 'number', 'boolean'].includes(typeof value))
      return new Leaf(value as Scalar, source, where);
    return this.#fail(where, 'a value of this type is not allowed');
  }

  #fail(where: string, message: string): never {
    throw new ConfigError([{ key: '', where, message }]);
  }
}
