import { listRepositories } from '../catalog/catalog.js';
import type { CatalogOptions, CatalogPage } from '../catalog/catalog.js';
import { listAllRepositories } from '../catalog/catalog-of-stores.js';
import type { Call } from './call.js';
import { countInvalid, linkNext, parseCount } from './paging.js';

/** Docker's `_catalog`: repositories by page, of which each client sees those that it may know of. */
export async function getCatalog(call: Call): Promise<void> {
  const { ctx, query, service, signal, identity } = call;
  const max = service.settings.catalogMaxEntries;
  const count = parseCount(query, 'PAGINATION_NUMBER_INVALID');
  if (count !== undefined && count > max) throw countInvalid(String(count), 'PAGINATION_NUMBER_INVALID');
  const limit = count ?? Math.min(DEFAULT_ENTRIES, max);
  const last = query.get('last') ?? undefined;
  const isVisible = identity.readsAll
    ? undefined
    : (name: string) => identity.allows({ type: 'repository', name, action: 'list' });
  const page =
    limit === 0 ? { repositories: [], more: false } : await listOf(call, { limit, last, signal, isVisible });
  const lastName = page.repositories.at(-1);
  if (page.more && lastName !== undefined) linkNext(call, '_catalog', { n: String(limit), last: lastName });
  ctx.body = { repositories: page.repositories };
}

function listOf({ service, services }: Call, options: CatalogOptions): Promise<CatalogPage> {
  if (services.all.length === 1) return listRepositories(service.store, options);
  const parts = services.all.map((each) => ({
    store: each.store,
    has: (name: string) => services.of(name) === each,
  }));
  return listAllRepositories(parts, options);
}

/** As in Distribution. */
const DEFAULT_ENTRIES = 100;
