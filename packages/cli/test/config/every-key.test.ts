import { describe, expect, it } from 'vitest';
import { STATUS } from '../../src/config/keys.js';
import type { ConfigNode } from '../../src/config/node.js';
import { ConfigMap, Leaf, childrenOf } from '../../src/config/node.js';
import type { Outline } from '../../src/config/outline.js';
import { OUTLINE, childOutline } from '../../src/config/outline.js';
import { configJsonSchema } from '../../src/config/json-schema.js';
import { setKey } from '../../src/config/set-key.js';
import { keyTable } from './key-table.js';

interface Key {
  readonly steps: readonly string[];
  readonly outline: Outline;
}

/** Every key that has a value of its own, the first item of lists, and `x` where any name is possible. */
function leaves(outline: Outline = OUTLINE, steps: readonly string[] = []): Key[] {
  if (outline.kind === 'list') return leaves(outline.item, [...steps, '0']);
  if (outline.kind !== 'map') return [{ steps, outline }];
  const named = [...outline.keys].flatMap(([key, child]) => leaves(child, [...steps, key]));
  return [...named, ...(outline.rest === undefined ? [] : leaves(outline.rest, [...steps, 'x']))];
}

function find(node: ConfigNode | undefined, [step, ...rest]: readonly string[]): ConfigNode | undefined {
  if (step === undefined || node === undefined) return node;
  return find(new Map(childrenOf(node)).get(step), rest);
}

describe('every key', () => {
  it.each(leaves().map((key) => [key.steps.join('.'), key] as const))(
    '%s can be set by its name in capitals',
    (_, { steps }) => {
      const root = new ConfigMap('test');
      const value = new Leaf('v', 'v', 'test');
      expect(
        setKey(
          root,
          OUTLINE,
          steps.map((step) => step.toUpperCase()),
          () => value,
        ),
      ).toBeUndefined();
      expect(find(root, steps)).toBe(value);
    },
  );

  it.each([
    ['NOTIFICATIONS_EVENTCONFIG_INCLUDEREFERENCES', 'notifications.events.includereferences'],
    ['HEALTH_FILECHECKERS_0_FILE', 'health.file.0.file'],
    ['HEALTH_HTTPCHECKERS_0_URI', 'health.http.0.uri'],
    ['HEALTH_TCPCHECKERS_0_ADDR', 'health.tcp.0.addr'],
  ])("has the name in Distribution's program too: %s", (variable, key) => {
    const root = new ConfigMap('test');
    const value = new Leaf('v', 'v', 'test');
    setKey(root, OUTLINE, variable.split('_'), () => value);
    expect(find(root, key.split('.'))).toBe(value);
  });

  it('has a name without the character that parts names in variables', () => {
    expect(
      leaves()
        .flatMap(({ steps }) => steps)
        .filter((step) => step.includes('_')),
    ).toEqual([]);
  });

  it('that a status is given to is there', () => {
    const missing = Object.keys(STATUS).filter((name) => {
      let outline: Outline | undefined = OUTLINE;
      for (const key of name.split('.')) {
        if (outline?.kind === 'list') outline = outline.item;
        outline = childOutline(outline, key);
      }
      return outline === undefined;
    });
    expect(missing).toEqual([]);
  });

  it('is in the JSON Schema for editors (`-u` makes it new)', async () => {
    const text = `${JSON.stringify(configJsonSchema(), undefined, 2)}\n`;
    await expect(text).toMatchFileSnapshot('../../../../docs/operations/config.schema.json');
  });

  it('is in the table of the documents (`-u` makes it new)', async () => {
    await expect(keyTable()).toMatchFileSnapshot('../../../../docs/operations/configuration-keys.md');
  });
});
