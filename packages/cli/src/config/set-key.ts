import type { ConfigNode } from './node.js';
import { ConfigList, ConfigMap, Leaf } from './node.js';
import type { Outline } from './outline.js';
import { childOutline } from './outline.js';

/**
 * Sets a key, whatever the case of its names; maps and lists on the way are made. A key that is not there gets the spelling
 * of the schema, or lower case. In a list a number is an index, and the next free one makes a new item.
 *
 * @param steps - names of keys, at least one
 * @param value - is asked for when the place is found
 * @returns why the steps lead nowhere; nothing has changed then
 */
export function setKey(
  node: ConfigMap | ConfigList,
  outline: Outline,
  [step = '', ...rest]: readonly string[],
  value: () => ConfigNode,
): string | undefined {
  const key = node instanceof ConfigMap ? findKey(node, outline, step) : findIndex(node, step);
  if (key === undefined) return node instanceof ConfigMap ? NO_KEY : 'no such index in the list';
  if (rest.length === 0) {
    put(node, key, value());
    return undefined;
  }
  const inner = childOutline(outline, key);
  const present = node instanceof ConfigMap ? node.entries.get(key) : node.items[Number(key)];
  const container = present instanceof Leaf || present === undefined ? make(inner, present, node) : present;
  if (inner === undefined || container === undefined) return NO_KEY;
  const problem = setKey(container, inner, rest, value);
  if (problem === undefined) put(node, key, container);
  return problem;
}

const NO_KEY = 'no such key';

/** A map or a list for what is not there, or is there without a value. */
function make(
  outline: Outline | undefined,
  present: Leaf | undefined,
  around: ConfigNode,
): ConfigMap | ConfigList | undefined {
  if (outline === undefined || outline.kind === 'leaf') return undefined;
  const isAbsent = present === undefined || present.value === null;
  if (outline.kind !== 'list') return isAbsent ? new ConfigMap(around.where) : undefined;
  const made = new ConfigList(around.where);
  // A single text stands for a list of one.
  if (!isAbsent) made.items.push(present);
  return made;
}

function findKey(map: ConfigMap, outline: Outline, step: string): string | undefined {
  const isStep = (name: string) => name.toLowerCase() === step.toLowerCase();
  const present = [...map.entries.keys()].find(isStep);
  if (step === '') return undefined;
  if (outline.kind !== 'map') return outline.kind === 'free' ? (present ?? step.toLowerCase()) : undefined;
  const named = [...outline.keys].find(
    ([name, { meta }]) => isStep(name) || meta.field === step.toLowerCase(),
  );
  return named?.[0] ?? (outline.rest === undefined ? undefined : (present ?? step.toLowerCase()));
}

function findIndex(list: ConfigList, step: string): string | undefined {
  return /^\d{1,4}$/.test(step) && Number(step) <= list.items.length ? step : undefined;
}

function put(node: ConfigMap | ConfigList, key: string, value: ConfigNode): void {
  if (node instanceof ConfigMap) node.entries.set(key, value);
  else node.items[Number(key)] = value;
}
