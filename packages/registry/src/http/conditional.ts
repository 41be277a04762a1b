import type { Call } from './call.js';

/** Sets the ETag of immutable content, and answers whether the client has it already (RFC 9110, 13.1.2). */
export function isFresh({ ctx, req }: Call, digest: string): boolean {
  const etag = `"${digest}"`;
  ctx.set('ETag', etag);
  const header = req.headers['if-none-match'];
  if (header === undefined) return false;
  const tags = header.split(',').map((each) => each.trim().replace(/^W\//, ''));
  // Unquoted as well, as Distribution takes it.
  return tags.some((each) => each === etag || each === digest || each === '*');
}
