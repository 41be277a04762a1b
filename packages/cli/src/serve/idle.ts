import type { Registry } from '@outrigger/registry';

const IDLE_MS = 5_000;

/** Handlers whose client was cut off may still be at the driver; one that hangs there does not keep the process. */
export async function idle(registry: Pick<Registry, 'close'>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, IDLE_MS, undefined);
  await Promise.race([registry.close(), promise]);
  clearTimeout(timer);
}
