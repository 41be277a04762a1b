import { parseUrl } from './route.js';

/**
 * The id of the upload that a request target names, as the handlers will read it; undefined for any other target. It need
 * not be one that exists, or that could.
 *
 * @param prefix - in front of `/v2/`, without a slash at its end
 */
export function uploadOfRequest(target: string, prefix: string): string | undefined {
  // An escaped target may hide the words.
  if (!target.includes('/uploads/') && !target.includes('%')) return undefined;
  try {
    const { route } = parseUrl(target, prefix);
    return route.kind === 'upload' ? route.id : undefined;
  } catch {
    return undefined;
  }
}
