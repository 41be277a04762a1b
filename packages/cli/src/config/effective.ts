import { MASK } from '@outrigger/host';
import { maskSecrets } from '../log/mask-secrets.js';
import type { DriverCheck } from './driver-parameters.js';
import type { ConfigNode } from './node.js';
import { ConfigList, ConfigMap, Leaf, childrenOf, toPlain } from './node.js';
import type { MapOutline, Outline } from './outline.js';
import { OUTLINE } from './outline.js';
import { secretFiles } from './secrets.js';

/**
 * The configuration with every default, in the form of a file, and nothing secret in it. Sections that do nothing until something
 * is said in them, and keys that nobody knows, are left out.
 *
 * @param drivers - the parameters of the storage drivers, by where these are
 */
export function effectiveConfig(
  tree: ConfigMap,
  drivers: readonly Pick<DriverCheck, 'path' | 'maskedParameters'>[],
): unknown {
  const secrets = new Set(secretFiles(tree).map(([key]) => key.toLowerCase()));
  const effective = show(tree, OUTLINE, { path: [], isSecret: false, secrets });
  return drivers.reduce(
    (shown, { path, maskedParameters }) => replace(shown, path, maskedParameters),
    effective,
  );
}

function replace(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value))
    return value.map((item: unknown, index) => (String(index) === key ? replace(item, rest, by) : item));
  return isRecord(value) ? { ...value, [key]: replace(value[key], rest, by) } : value;
}

interface Place {
  readonly path: readonly string[];
  readonly isSecret: boolean;
  /** Keys whose values come from files. */
  readonly secrets: ReadonlySet<string>;
}

/** @returns undefined for what is not there and has no default */
function show(node: ConfigNode | undefined, outline: Outline, place: Place): unknown {
  const isSecret =
    place.isSecret || outline.meta.secret === true || place.secrets.has(place.path.join('.').toLowerCase());
  const inner = (key: string): Place => ({ ...place, path: [...place.path, key], isSecret });
  switch (outline.kind) {
    case 'free':
      return node === undefined ? undefined : isSecret ? MASK : hideUserInfo(toPlain(node));
    case 'leaf':
      return showLeaf(node, outline, isSecret);
    case 'list':
      return node instanceof ConfigList
        ? node.items.map((item, index) => show(item, outline.item, inner(String(index))))
        : isAbsent(node)
          ? undefined
          : [show(node, outline.item, inner('0'))];
    case 'map':
      return showMap(node, outline, inner);
  }
}

function showMap(node: ConfigNode | undefined, outline: MapOutline, inner: (key: string) => Place): unknown {
  const { keys, rest, meta } = outline;
  if (isAbsent(node) && meta.optIn === true) return undefined;
  const given = new Map(node === undefined ? [] : childrenOf(node));
  const shown: Record<string, unknown> = {};
  for (const [key, child] of keys) shown[key] = show(given.get(key), child, inner(key));
  if (rest !== undefined)
    for (const [key, child] of given) if (!keys.has(key)) shown[key] = show(child, rest, inner(key));
  const entries = Object.entries(shown).filter(([, value]) => value !== undefined);
  return entries.length === 0 && isAbsent(node) ? undefined : Object.fromEntries(entries);
}

function showLeaf(node: ConfigNode | undefined, { meta }: Outline, isSecret: boolean): unknown {
  if (isAbsent(node) || !(node instanceof Leaf)) return meta.preset;
  if (isSecret) return MASK;
  // A text that looks like a number is one as it was written.
  const isText = Array.isArray(meta.form?.type) && meta.form.type.includes('string');
  return isText && typeof node.value === 'number' ? node.source : hideUserInfo(node.value);
}

/** `https://user:password@host`, and signed queries. */
function hideUserInfo(value: unknown): unknown {
  if (typeof value === 'string') return maskSecrets(value.replace(/(:\/\/)[^/@\s]*@/g, `$1${MASK}@`));
  if (Array.isArray(value)) return value.map(hideUserInfo);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, hideUserInfo(each)]));
}

function isAbsent(node: ConfigNode | undefined): boolean {
  if (node === undefined) return true;
  if (node instanceof Leaf) return node.value === null || node.value === '';
  return node instanceof ConfigMap && node.entries.size === 0;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
