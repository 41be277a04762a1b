import { OCI_INDEX } from '../manifests/media-types.js';
import { parseDigest } from '../reference/digest.js';
import { listReferrers } from '../referrers/list-referrers.js';
import type { Call } from './call.js';
import { linkNext } from './paging.js';
import { sendUpstreamReferrers } from './proxied.js';

/** end-12: what has a manifest as its subject. Never 404 ("Listing Referrers"). */
export async function getReferrers(call: Call, route: { name: string; digest: string }): Promise<void> {
  const { ctx, query, service } = call;
  const { name } = route;
  const subject = parseDigest(route.digest);
  if (service.proxy !== undefined && (await sendUpstreamReferrers(call, service.proxy, name, subject)))
    return;
  const artifactType = query.get('artifactType') ?? undefined;
  const last = query.get('last') ?? undefined;
  const page = await listReferrers(service.store, name, subject, { artifactType, last });
  if (artifactType !== undefined) ctx.set('OCI-Filters-Applied', 'artifactType');
  if (page.next !== undefined) {
    const filter: Record<string, string> = artifactType === undefined ? {} : { artifactType };
    linkNext(call, `${name}/referrers/${subject.text}`, { ...filter, last: page.next });
  }
  ctx.set('Content-Type', OCI_INDEX);
  ctx.body = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: page.descriptors });
}
