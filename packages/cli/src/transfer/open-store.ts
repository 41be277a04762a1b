import type { Store } from '@outrigger/registry';
import { UNCERTAIN, createStore, openLayout } from '@outrigger/registry';
import type { Config } from '../config/config.js';
import type { Environment } from '../config/overrides.js';
import { EXIT } from '../exit-codes.js';
import { CommandError } from '../failure.js';
import { createDriver } from '../drivers/create-driver.js';
import { hostOptions } from '../drivers/host-options.js';
import type { Log } from '../log/create-log.js';
import { createLog } from '../log/create-log.js';
import { applyMiddleware } from '../middleware/apply-middleware.js';
import type { Closing } from '../serve/closing.js';
import { createClosing } from '../serve/closing.js';
import { createGarbageCollection } from '../serve/gc.js';
import { findPresence } from '../serve/presence.js';

export interface StoreUse {
  /** Whether something is written: this process is then one more registry on the store, to the others and to its collector. */
  readonly writes: boolean;
  readonly log: Log['log'];
  readonly environment: Environment;
  /** Takes what is opened. */
  readonly closing: Closing;
}

/**
 * The store that a configuration names, as a registry with it would see it. Others may serve it meanwhile.
 *
 * @throws CommandError for a configuration of several stores; ConfigError; StorageError it does not answer
 */
export async function openStore(
  config: Config,
  { writes, log, environment, closing }: StoreUse,
): Promise<Store> {
  if (config.stores.length > 0) throw new CommandError(SEVERAL, EXIT.usage);
  const bare = await createDriver(config, { ...hostOptions(config, environment), log });
  closing.add('driver', () => bare.close());
  const { layout } = config;
  const { driver } = await applyMiddleware(config, bare, { log, closing });
  if (!writes) return createStore(driver, log, { presence: UNCERTAIN, layout });
  // What registries and collectors agree on passes by the middleware, as in a registry.
  const beside = openLayout(bare, layout);
  const presence = await findPresence(config, beside, log);
  closing.add('presence', () => presence.close());
  const garbage = createGarbageCollection(config, { driver: beside, log });
  closing.add('gc', () => garbage?.close());
  await presence.joining;
  return createStore(driver, log, { presence, gate: garbage?.gate, layout });
}

const SEVERAL =
  'outrigger.stores: the configuration has several stores; give one that has the store in question alone, as its storage section';

/** Runs a command that opens stores, and gives everything back in the end. */
export async function withLog<T>(
  { log: settings }: Pick<Config, 'log'>,
  run: (parts: { readonly log: Log['log']; readonly closing: Closing }) => Promise<T>,
): Promise<T> {
  const output = createLog({ ...settings, level: 'warn' });
  const closing = createClosing(output.log);
  try {
    return await run({ log: output.log, closing });
  } finally {
    await closing.close();
    output.flush();
  }
}
