import type { Family, RegistryStore, Settings } from '@outrigger/registry';
import { applyMiddleware } from '../middleware/apply-middleware.js';
import type { CareParts, StoreCare } from './care-for-store.js';
import { careForStore } from './care-for-store.js';
import type { OpenStore } from './open-store.js';
import type { Retention } from './retention.js';
import { createRetention, prepareRetention } from './retention.js';

export interface StoreParts extends Omit<CareParts, 'family'> {
  readonly family: Family | undefined;
}

/** A store as the registry takes it. */
export interface AssembledStore {
  readonly options: RegistryStore &
    Pick<Settings, 'deleteEnabled' | 'readOnly' | 'redirect' | 'redirectHosts'>;
  readonly care: StoreCare;
  /** Undefined when it is switched off. */
  readonly retention: Retention | undefined;
}

/** @throws ConfigError for middleware that is wrong */
export async function assembleStore(store: OpenStore, parts: StoreParts): Promise<AssembledStore> {
  const { config, driver, prefix } = store;
  const { observation, family, log, closing } = parts;
  const care = await careForStore(store, parts);
  const { storage, cache } = config;
  const { presence } = care;
  const prepared = await prepareRetention(config);
  const retention = createRetention(config, { prepared, driver, log, presence, prefix });
  closing.add('retention', () => retention?.close());
  return {
    care,
    retention,
    options: {
      ...(await applyMiddleware(config, observation.traced(driver), { log, closing })),
      layout: config.layout,
      presence,
      pulls: retention?.pulls,
      gate: care.garbage?.gate,
      family: family && prefix !== undefined ? familyOfStore(family, prefix) : family,
      memory: { factsMs: cache.linkTtlMs, contentBytes: cache.contentBytes },
      deleteEnabled: storage.deleteEnabled,
      readOnly: storage.readOnly,
      redirect: storage.redirect,
    },
  };
}

/** What is known of one store says nothing of another. */
function familyOfStore(family: Family, prefix: string): Family {
  const own = (kindOrKey: string) => `${prefix} ${kindOrKey}`;
  return {
    id: family.id,
    ownsUpload: (id) => family.ownsUpload(id),
    claim: (key) => family.claim(own(key)),
    tell: (key) => family.tell(own(key)),
    listen: (kind, listener) => family.listen(own(kind), listener),
  };
}
