import { getBase } from './base.js';
import { deleteBlob, getBlob, headBlob } from './blobs.js';
import type { Call } from './call.js';
import type { Service } from './service.js';
import { getCatalog } from './catalog.js';
import { HttpError } from './errors.js';
import { getExtensions } from './extensions.js';
import { deleteManifestHandler, getManifest, putManifestHandler } from './manifests.js';
import { getReferrers } from './referrers.js';
import type { Route } from './route.js';
import { getTags } from './tags.js';
import { deleteUpload, getUpload, patchUpload, postUpload, putUpload } from './uploads.js';

type Handler<R extends Route> = (call: Call, route: R) => Promise<void> | void;

type Handlers<K extends Route['kind']> = Readonly<Record<string, Handler<Extract<Route, { kind: K }>>>>;

/** Every endpoint: what a path names, and what can be done with it. */
const HANDLERS: { readonly [K in Route['kind']]: Handlers<K> } = {
  base: { GET: getBase, HEAD: getBase },
  catalog: { GET: getCatalog, HEAD: getCatalog },
  extensions: { GET: getExtensions, HEAD: getExtensions },
  tags: { GET: getTags, HEAD: getTags },
  referrers: { GET: getReferrers, HEAD: getReferrers },
  manifest: { GET: getManifest, HEAD: getManifest, PUT: putManifestHandler, DELETE: deleteManifestHandler },
  blob: { GET: getBlob, HEAD: headBlob, DELETE: deleteBlob },
  uploads: { POST: postUpload },
  upload: { GET: getUpload, HEAD: getUpload, PATCH: patchUpload, PUT: putUpload, DELETE: deleteUpload },
};

/** The methods that change nothing. */
export const READ_METHODS: readonly string[] = ['GET', 'HEAD'];

const READ_ONLY = 'this registry is read-only at the moment';
const PROXY = 'this registry is a cache of another one: nothing can be pushed or deleted here';

/** Why nothing may be changed; undefined when it may. */
export function refusalOfWrites({ proxy, settings }: Service): string | undefined {
  if (proxy !== undefined) return PROXY;
  return settings.readOnly ? READ_ONLY : undefined;
}

/**
 * Finds what serves a request.
 *
 * @throws HttpError 405 with what is allowed instead
 */
export function findHandler(
  route: Route,
  method: string,
  refusal: string | undefined,
): (call: Call) => Promise<void> | void {
  const handlers = HANDLERS[route.kind];
  const isAllowed = (name: string): boolean => refusal === undefined || READ_METHODS.includes(name);
  const handler = Object.hasOwn(handlers, method) && isAllowed(method) ? handlers[method] : undefined;
  if (handler === undefined) {
    const allow = Object.keys(handlers).filter(isAllowed).join(', ');
    if (refusal === undefined || !Object.hasOwn(handlers, method))
      throw new HttpError(405, 'UNSUPPORTED', 'the operation is unsupported', { Allow: allow });
    // distribution-spec, "Warnings": clients show it to their users.
    const headers = { Allow: allow, Warning: `299 - "${refusal}"` };
    throw new HttpError(405, 'UNSUPPORTED', refusal, headers);
  }
  // The table's own type says that the handlers of a kind take the routes of that kind.
  return (call) => (handler as Handler<Route>)(call, route);
}
