import type { StorageDriver } from '@outrigger/driver';
import type { GarbageSource } from '../../../gc/garbage-source.js';
import { parseKey } from '../../../gc/keys.js';
import type { TagHistory } from './remove.js';
import { readTagHistory, removeContent, removeLinks, removeManifest } from './remove.js';
import { surveyStore } from './survey-store.js';

export function createDistributionGarbage(driver: StorageDriver): GarbageSource {
  return {
    contentKey: (_name, digest) => digest,
    survey: (options) => surveyStore(driver, options),
    removal(isQuiet) {
      const histories = new Map<string, Promise<TagHistory>>();
      const historyOf = (name: string) => {
        const history = histories.get(name) ?? readTagHistory(driver, name);
        histories.set(name, history);
        return history;
      };
      return {
        manifest: async (manifest) => removeManifest(driver, manifest, await historyOf(manifest.name)),
        links: (digest, names) => removeLinks(driver, digest, names),
        content: (key) => removeContent(driver, parseKey(key).digest, isQuiet),
      };
    },
  };
}
