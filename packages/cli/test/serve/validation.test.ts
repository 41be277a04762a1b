import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/config.js';
import { ConfigError } from '../../src/config/config-error.js';
import { validationOptions } from '../../src/serve/validation.js';

type Validation = NonNullable<Config['validation']>;

const DEFAULTS: Validation = { urlsAllow: [], urlsDeny: [], platforms: 'all', platformList: [] };
const AMD64 = { architecture: 'amd64', os: 'linux' };

describe('validation', () => {
  it('asks for complete indexes, and lets no URL in', async () => {
    const { references, urlRules } = await validationOptions(DEFAULTS);
    expect(references).toBe('all');
    expect(urlRules?.allows('https://example.com/')).toBe(false);
  });

  it.each<[Partial<Validation>, unknown]>([
    [{ platforms: 'none' }, 'blobs'],
    [{ platforms: 'list', platformList: [AMD64] }, { platforms: [AMD64] }],
    [{ platforms: 'list' }, 'all'],
    [{ platforms: 'all', platformList: [AMD64] }, 'all'],
  ])('may ask for less of indexes: %j', async (validation, references) => {
    expect((await validationOptions({ ...DEFAULTS, ...validation })).references).toEqual(references);
  });

  it('asks for nothing when it is disabled', async () => {
    expect(await validationOptions(undefined)).toEqual({ references: 'none' });
  });

  it('names the expression that is none', async () => {
    const validation = { ...DEFAULTS, urlsAllow: ['fine', '(?=no)'] };
    await expect(validationOptions(validation)).rejects.toThrow(ConfigError);
    await expect(validationOptions(validation)).rejects.toThrow(
      'validation.manifests.urls.allow[1]: not a regular expression',
    );
  });
});
