import { freePort } from '../harness/free-port.js';
import { request } from '../harness/http.js';
import type { RegistryOptions, RunningRegistry } from '../harness/start-registry.js';
import { SECRET, testRegistry } from '../harness/start-registry.js';

export interface Middleware {
  readonly name: string;
  readonly options?: Readonly<Record<string, unknown>>;
}

export interface WithMiddleware extends RunningRegistry {
  /** What a middleware has counted: `cache_hits_total`. */
  readonly count: (name: string) => Promise<number>;
}

/** A registry with storage middleware and metrics. */
export async function registryWith(
  storage: readonly Middleware[],
  options: RegistryOptions = {},
): Promise<WithMiddleware> {
  const [port, debug] = [await freePort(), await freePort()];
  const http = {
    addr: `127.0.0.1:${port}`,
    secret: SECRET,
    debug: { addr: `127.0.0.1:${debug}`, prometheus: { enabled: true } },
  };
  const sections = { ...options.sections, http, middleware: { storage } };
  const registry = await testRegistry({ ...options, port, sections });
  return {
    ...registry,
    async count(name) {
      const { body } = await request(`http://127.0.0.1:${debug}/metrics`);
      const value = new RegExp(`^outrigger_middleware_${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(
        body.toString(),
      )?.[1];
      return Number(value ?? Number.NaN);
    },
  };
}
