import type { StorageDriver } from '@outrigger/driver';
import type { LogFields, Logger } from '@outrigger/registry';
import { onTestFinished } from 'vitest';
import type { Config } from '../../src/config/config.js';
import type { WrappedStorage } from '../../src/middleware/apply-middleware.js';
import { applyMiddleware } from '../../src/middleware/apply-middleware.js';
import { createClosing } from '../../src/serve/closing.js';

export type MiddlewareSettings = Pick<Config, 'middleware' | 'redirectHosts'> & {
  readonly storage?: Pick<Config['storage'], 'driver' | 'parameters'>;
};

/** Applies it for one test; what it opens is closed in the end. */
export async function applyTo(
  { storage = { driver: 'inmemory', parameters: {} }, ...config }: MiddlewareSettings,
  driver: StorageDriver,
  warnings: string[] = [],
): Promise<WrappedStorage> {
  const log = logInto(warnings);
  const closing = createClosing(log);
  onTestFinished(() => closing.close());
  return applyMiddleware({ ...config, storage }, driver, { log, closing });
}

function logInto(warnings: string[]): Logger {
  const ignore = () => undefined;
  const keep = (_: LogFields, message: string) => void warnings.push(message);
  return { debug: ignore, info: ignore, warn: keep, error: keep };
}
