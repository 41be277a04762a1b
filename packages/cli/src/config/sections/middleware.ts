import type { z } from 'zod';
import { list, map, optional, preset, required, section } from '../containers.js';
import { anything, flag, text } from '../leaves.js';

export interface MiddlewareConfig {
  /** In the order of the file: the first one is next to the driver. */
  readonly storage: readonly Middleware[];
  readonly registry: readonly Middleware[];
  readonly repository: readonly Middleware[];
}

export interface Middleware {
  readonly name: string;
  readonly disabled: boolean;
  /** Its own to check. */
  readonly options: Readonly<Record<string, unknown>>;
}

const middlewares = list(
  section({ name: required(text), disabled: preset(flag, false), options: optional(map(anything)) }),
);

export const middlewareSection = section({
  storage: middlewares,
  registry: middlewares,
  repository: middlewares,
});

export function toMiddleware(data: z.output<typeof middlewareSection>): MiddlewareConfig {
  return {
    storage: data.storage.map(toOne),
    registry: data.registry.map(toOne),
    repository: data.repository.map(toOne),
  };
}

function toOne({ name, disabled, options }: z.output<typeof middlewares>[number]): Middleware {
  return { name, disabled, options: options ?? {} };
}
