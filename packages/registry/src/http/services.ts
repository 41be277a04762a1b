import type { Service } from './service.js';

/** The stores of a registry, by the names of their repositories. */
export interface Services {
  /** Of all repositories that no other store has. */
  readonly main: Service;
  /** The main one first. */
  readonly all: readonly Service[];
  /** The store of a repository, whether it is there or not. */
  of(name: string): Service;
}

/** A store for one repository and all below it: `team/a` has `team/a` and `team/a/app`, and not `team/ab`. */
export interface PrefixedService {
  readonly prefix: string;
  readonly service: Service;
}

/** Of two prefixes that fit a name, the longer one counts. */
export function createServices(main: Service, others: readonly PrefixedService[] = []): Services {
  const byLength = others.toSorted((a, b) => b.prefix.length - a.prefix.length);
  return {
    main,
    all: [main, ...others.map(({ service }) => service)],
    of: (name) => byLength.find(({ prefix }) => isWithin(name, prefix))?.service ?? main,
  };
}

function isWithin(name: string, prefix: string): boolean {
  return name.startsWith(prefix) && (name.length === prefix.length || name[prefix.length] === '/');
}
