import type { RegistryOptions } from '@outrigger/registry';
import { InvalidPatternError, createUrlRules } from '@outrigger/registry';
import type { Config } from '../config/config.js';
import { ConfigError } from '../config/config-error.js';

/**
 * What is asked of a manifest that is pushed. As in Distribution an index is complete and no layer has a URL, unless the
 * configuration says otherwise.
 *
 * @throws ConfigError for a pattern that is none
 */
export async function validationOptions(
  validation: Config['validation'],
): Promise<Pick<RegistryOptions, 'references' | 'urlRules'>> {
  if (validation === undefined) return { references: 'none' };
  const { urlsAllow: allow, urlsDeny: deny } = validation;
  try {
    return { references: toReferences(validation), urlRules: await createUrlRules({ allow, deny }) };
  } catch (error) {
    if (!(error instanceof InvalidPatternError)) throw error;
    const key = `validation.manifests.urls.${error.list}[${error.index}]`;
    throw new ConfigError([{ key, where: '', message: error.message }]);
  }
}

function toReferences({
  platforms,
  platformList,
}: NonNullable<Config['validation']>): RegistryOptions['references'] {
  // A list of nothing is Distribution's way to say all.
  if (platforms === 'all' || (platforms === 'list' && platformList.length === 0)) return 'all';
  return platforms === 'none' ? 'blobs' : { platforms: platformList };
}
