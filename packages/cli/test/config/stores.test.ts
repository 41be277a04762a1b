import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/config-error.js';
import { parseConfig } from '../../src/config/parse-config.js';

const MAIN = { filesystem: { rootdirectory: '/main' }, delete: { enabled: true } };

function parse(stores: unknown, rest: { storage?: unknown; outrigger?: object; middleware?: unknown } = {}) {
  const { storage = MAIN, outrigger = {}, ...others } = rest;
  const text = JSON.stringify({ version: '0.1', storage, outrigger: { ...outrigger, stores }, ...others });
  return parseConfig(text, 'config.yml', {});
}

function problems(stores: unknown, outrigger: object = {}): string[] {
  try {
    parse(stores, { outrigger });
  } catch (error) {
    if (error instanceof ConfigError) return error.issues.map(({ key, message }) => `${key}: ${message}`);
    throw error;
  }
  return [];
}

describe('outrigger.stores', () => {
  it('is empty unless it is said', () => {
    expect(parse(null).config.stores).toEqual([]);
  });

  it('is read store by store, each with its driver', () => {
    const { stores } = parse([
      { prefix: 'team/a', storage: { s3: { bucket: 'a' } } },
      { prefix: 'cache', storage: 'inmemory' },
    ]).config;
    expect(
      stores.map(({ prefix, config }) => [prefix, config.storage.driver, config.storage.parameters]),
    ).toEqual([
      ['team/a', 's3', { bucket: 'a' }],
      ['cache', 'inmemory', {}],
    ]);
  });

  it('has for what a store does not say what the registry says', () => {
    const gc = { enabled: true, grace: '1h' };
    const { config } = parse(
      [
        { prefix: 'a', storage: { s3: { bucket: 'a' } } },
        {
          prefix: 'b',
          storage: {
            s3: { bucket: 'b' },
            delete: { enabled: false },
            maintenance: { readonly: { enabled: true } },
          },
          gc: { enabled: false },
        },
      ],
      { outrigger: { gc } },
    );
    const [a, b] = config.stores.map((store) => store.config);
    expect(a).toMatchObject({
      storage: { deleteEnabled: true, readOnly: false },
      gc: { enabled: true, graceMs: 3_600_000 },
    });
    expect(b).toMatchObject({ storage: { deleteEnabled: false, readOnly: true }, gc: { enabled: false } });
    expect(config).toMatchObject({
      storage: { deleteEnabled: true, readOnly: false },
      gc: { enabled: true },
    });
  });

  it('has middleware of its own, and not that of the main storage', () => {
    const rewrite = { name: 'rewrite', options: { host: 'x' } };
    const redirect = { name: 'redirect', options: { baseurl: 'https://x' } };
    const { config } = parse(
      [
        { prefix: 'a', storage: { s3: {} }, middleware: { storage: [rewrite] } },
        { prefix: 'b', storage: { gcs: {} } },
      ],
      { middleware: { storage: [redirect] } },
    );
    const names = [config, ...config.stores.map((store) => store.config)].map(({ middleware }) =>
      middleware.storage.map(({ name }) => name),
    );
    expect(names).toEqual([['redirect'], ['rewrite'], []]);
  });

  it.each([
    ['No/Name', 'outrigger.stores.0.prefix: must be the name of a repository'],
    ['a/', 'outrigger.stores.0.prefix: must be the name of a repository'],
    ['', 'outrigger.stores.0.prefix: is missing'],
  ])('refuses the prefix %j', (prefix, problem) => {
    expect(problems([{ prefix, storage: { s3: {} } }])).toEqual([problem]);
  });

  it('refuses a prefix twice, and storage twice', () => {
    const s3 = { s3: { bucket: 'a' } };
    expect(
      problems([
        { prefix: 'a', storage: s3 },
        { prefix: 'a', storage: { s3: { bucket: 'b' } } },
        { prefix: 'b', storage: s3 },
        { prefix: 'c', storage: { filesystem: { rootdirectory: '/main' } } },
      ]),
    ).toEqual([
      'outrigger.stores.1.prefix: is there already',
      'outrigger.stores.2.storage: is the storage of another store: each needs its own',
      'outrigger.stores.3.storage: is the storage of another store: each needs its own',
    ]);
  });

  it('refuses a store with no driver, or two', () => {
    expect(problems([{ prefix: 'a' }, { prefix: 'b', storage: { s3: {}, gcs: {} } }])).toEqual([
      'outrigger.stores.0.storage: names no storage driver',
      expect.stringContaining('outrigger.stores.1.storage: must provide exactly one storage driver'),
    ]);
  });

  it('refuses several processes for a store in memory', () => {
    expect(problems([{ prefix: 'a', storage: 'inmemory' }], { workers: 2 })).toEqual([
      'outrigger.workers: must be 1: the processes would each have a store of their own',
    ]);
  });

  it('tells of a key that nobody knows where it stands', () => {
    const { warnings } = parse([{ prefix: 'a', storage: { s3: {}, tag: { concurrencylimit: 1 } }, gcc: {} }]);
    expect(warnings.map(({ key }) => key).filter((key) => key.startsWith('outrigger'))).toEqual([
      'outrigger.stores.0.storage.tag',
      'outrigger.stores.0.gcc',
    ]);
  });
});
