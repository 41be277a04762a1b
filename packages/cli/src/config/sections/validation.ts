import type { z } from 'zod';
import { list, optional, preset, section } from '../containers.js';
import { choice, flag, text, texts } from '../leaves.js';

export interface ValidationConfig {
  /** Regular expressions of Go, of which the URLs in a manifest must match one. With `urlsDeny` empty too: no URL at all is let in. */
  readonly urlsAllow: readonly string[];
  /** Of which they must match none. */
  readonly urlsDeny: readonly string[];
  /** Which images of an index must be there. */
  readonly platforms: 'all' | 'none' | 'list';
  /** Those of `list`. */
  readonly platformList: readonly Platform[];
}

export interface Platform {
  readonly architecture: string;
  readonly os: string;
}

export const validationSection = section({
  /** The older key; it wins over `disabled`, as in Distribution. */
  enabled: optional(flag),
  disabled: preset(flag, false),
  manifests: section({
    urls: section({ allow: optional(texts), deny: optional(texts) }),
    indexes: section({
      platforms: preset(choice(['all', 'none', 'list']), 'all'),
      platformlist: list(section({ architecture: optional(text), os: optional(text) })),
    }),
  }),
});

/** Undefined: it is switched off. */
export function toValidation(data: z.output<typeof validationSection>): ValidationConfig | undefined {
  const { enabled = false, disabled, manifests } = data;
  if (!enabled && disabled) return undefined;
  return {
    urlsAllow: manifests.urls.allow ?? [],
    urlsDeny: manifests.urls.deny ?? [],
    platforms: manifests.indexes.platforms,
    platformList: manifests.indexes.platformlist.map(({ architecture = '', os = '' }) => ({
      architecture,
      os,
    })),
  };
}
