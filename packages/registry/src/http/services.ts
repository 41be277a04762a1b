import type { Prefixed } from '../reference/prefix.js';
import { findByPrefix } from '../reference/prefix.js';
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

/** A store for some of the repositories. */
export interface PrefixedService extends Prefixed {
  readonly service: Service;
}

export function createServices(main: Service, others: readonly PrefixedService[] = []): Services {
  return {
    main,
    all: [main, ...others.map(({ service }) => service)],
    of: (name) => findByPrefix(others, name)?.service ?? main,
  };
}
