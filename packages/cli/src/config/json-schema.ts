import type { MapOutline, Outline } from './outline.js';
import { OUTLINE } from './outline.js';

/** A JSON Schema of configuration files, for editors. It is stricter than the registry, which reads `yes` and `"7"` too. */
export function configJsonSchema(): unknown {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of Outrigger, and of Distribution',
    ...toSchema(OUTLINE),
    required: ['version'],
  };
}

type JsonSchema = Readonly<Record<string, unknown>>;

function toSchema(outline: Outline): JsonSchema {
  const { description, preset, secret } = outline.meta;
  return {
    ...(description === undefined ? {} : { description }),
    ...toForm(outline),
    ...(preset === undefined ? {} : { default: preset }),
    ...(secret === true ? { 'x-secret': true } : {}),
  };
}

function toForm(outline: Outline): JsonSchema {
  const { form, short } = outline.meta;
  switch (outline.kind) {
    case 'free':
      return {};
    case 'leaf':
      return { ...form };
    case 'list': {
      const items = toSchema(outline.item);
      const list = { type: 'array', items };
      return short === true ? { anyOf: [list, items] } : list;
    }
    case 'map':
      return toMap(outline);
  }
}

function toMap({ keys, rest, meta }: MapOutline): JsonSchema {
  const properties = Object.fromEntries([...keys].map(([key, child]) => [key, toSchema(child)]));
  return {
    // A key without a value is as good as an empty map.
    type: meta.short === true ? ['object', 'string', 'null'] : ['object', 'null'],
    ...(keys.size === 0 ? {} : { properties }),
    additionalProperties: rest === undefined ? false : toSchema(rest),
  };
}
