import type { Call } from './call.js';
import { linkNext, parseCount } from './paging.js';
import { sendUpstreamTags } from './proxied.js';

/** end-8: the tags of a repository, all of them when `n` is not given. */
export async function getTags(call: Call, { name }: { name: string }): Promise<void> {
  const { ctx, query, service, signal } = call;
  const count = parseCount(query, 'TAGS_COUNT_INVALID');
  if (service.proxy !== undefined && (await sendUpstreamTags(call, service.proxy, name))) return;
  // A page may be smaller than `n` when a Link follows (distribution-spec, "Listing Tags").
  const limit = count === undefined ? Infinity : Math.min(count, service.settings.tagsMax);
  const page = await service.store.layout.tags.list(name, {
    limit,
    last: query.get('last') ?? undefined,
    signal,
  });
  const last = page.tags.at(-1);
  if (page.more && last !== undefined) linkNext(call, `${name}/tags/list`, { n: String(limit), last });
  ctx.body = { name, tags: page.tags };
}
