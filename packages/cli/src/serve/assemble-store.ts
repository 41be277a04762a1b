import type { Family, RegistryStore, Settings } from '@outrigger/registry';
import { applyMiddleware } from '../middleware/apply-middleware.js';
import type { CareParts, StoreCare } from './care-for-store.js';
import { careForStore } from './care-for-store.js';
import type { OpenStore } from './open-store.js';

export interface StoreParts extends Omit<CareParts, 'family'> {
  readonly family: Family | undefined;
}

/** A store as the registry takes it. */
export interface AssembledStore {
  readonly options: RegistryStore &
    Pick<Settings, 'deleteEnabled' | 'readOnly' | 'redirect' | 'redirectHosts'>;
  readonly care: StoreCare;
}

/** @throws ConfigError for middleware that is wrong */
export async function assembleStore(store: OpenStore, parts: StoreParts): Promise<AssembledStore> {
  const { config, driver, prefix } = store;
  const { observation, family, log, closing } = parts;
  const care = await careForStore(store, parts);
  const { storage, cache } = config;
  return {
    care,
    options: {
      ...(await applyMiddleware(config, observation.traced(driver), { log, closing })),
      layout: config.layout,
      presence: care.presence,
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
