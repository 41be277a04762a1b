import { randomBytes } from 'node:crypto';

/** No path has a `~`, so that nothing of it is ever shown, nor deleted with something else. */
const DIRECTORY = '_outrigger-uploads~parts/';

/**
 * Where the parts of uploads lie until they are composed: objects of their own,
 * `<root>_outrigger-uploads~parts/<key below the root>/~<id>/<number>-<random>`.
 */
export interface ComponentNames {
  /** Below which all are. */
  readonly all: string;
  /** Below which those of an upload are; with a slash at its end. */
  of(key: string, id: string): string;
  /** Of which upload one is. */
  parse(component: string): { key: string; id: string } | undefined;
}

/** @param keyPrefix - of all keys: empty, or with a slash at its end */
export function createComponentNames(keyPrefix: string): ComponentNames {
  const all = `${keyPrefix}${DIRECTORY}`;
  return {
    all,
    of: (key, id) => `${all}${key.slice(keyPrefix.length)}/~${id}/`,
    parse(component) {
      const match = component.startsWith(all) ? COMPONENT.exec(component.slice(all.length)) : null;
      const [, rest, id] = match ?? [];
      return rest === undefined || id === undefined ? undefined : { key: `${keyPrefix}${rest}`, id };
    },
  };
}

const COMPONENT = /^(.+)\/~([0-9a-f]+)\/[^/]+$/;

/** Never the same twice: whoever sends a part again makes another object of it. */
export function randomName(): string {
  return randomBytes(8).toString('hex');
}
