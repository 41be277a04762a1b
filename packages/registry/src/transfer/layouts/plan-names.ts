import { isName } from '../../reference/name.js';
import type { PlannedLayout } from './layout-source.js';

export interface NameOptions {
  /** The layouts that were found: their directories; `''` is the top. */
  readonly layouts: readonly string[];
  /** What the top is called where nobody says it. */
  readonly topName: string;
  /** The name of the repository or, of a tree, what comes before the names. */
  readonly to?: string | undefined;
  readonly tag?: string | undefined;
  /** Names by directory. */
  readonly map: ReadonlyMap<string, string>;
}

/** Directories that cannot be repositories as they are called. */
export class UnfitNamesError extends Error {
  override readonly name = 'UnfitNamesError';
}

/**
 * Decides which layout becomes which repository: a tree keeps its paths.
 *
 * @throws UnfitNamesError with a sentence for every name that does not fit
 */
export function planNames(options: NameOptions): PlannedLayout[] {
  const { layouts, topName, to, tag, map } = options;
  const [first, ...others] = layouts;
  const isOne = first !== undefined && others.length === 0;
  const planned = layouts.map((directory) => {
    const own = map.get(directory === '' ? topName : directory) ?? directory;
    const name =
      isOne && to !== undefined
        ? to
        : [to, own || (to === undefined ? topName : '')].filter(Boolean).join('/');
    return { directory, name, tag };
  });
  const faults = [...planned.flatMap(faultOf), ...sharedNames(planned)];
  const strange = [...map.keys()].filter((key) => key !== topName && !layouts.includes(key));
  faults.push(...strange.map((key) => `--map names ${JSON.stringify(key)}, and no layout is called so`));
  if (faults.length > 0) throw new UnfitNamesError(faults.join('\n'));
  return planned;
}

function faultOf({ directory, name }: PlannedLayout): string[] {
  if (isName(name)) return [];
  const shown = directory === '' ? name : directory;
  return [
    `${JSON.stringify(shown)} cannot be the name of a repository (${reasonOf(name)}): choose one, --map '${shown}=${suggest(shown)}'`,
  ];
}

function reasonOf(name: string): string {
  if (/\s/.test(name)) return 'it has a space or a tab';
  if (/[A-Z]/.test(name)) return 'it has a capital letter';
  if (name.length > 255) return 'it has more than 255 characters';
  return 'parts are of a-z and 0-9 with single . _ or - between';
}

function suggest(name: string): string {
  const parts = name.toLowerCase().split('/');
  return parts.map((part) => part.replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '') || 'name').join('/');
}

function sharedNames(planned: readonly PlannedLayout[]): string[] {
  const byName = Map.groupBy(planned, ({ name }) => name);
  return [...byName].flatMap(([name, those]) =>
    those.length === 1
      ? []
      : [`${those.map(({ directory }) => JSON.stringify(directory)).join(' and ')} would all be ${name}`],
  );
}
