import { MAX_PAGE_SIZE } from '@outrigger/driver';
import type { Limits } from '../protocol/limits.js';

interface Page {
  readonly entries: readonly { readonly path: string; readonly version?: string | undefined }[];
}

/** Room for the cursor and the message around a page. */
const REST_BYTES = 32 * 1024;
/** Names and values of the other fields of an entry. */
const ENTRY_BYTES = 128;

/**
 * A page with no more entries than the host takes, whose message is not too large. A full page of long paths is: it is
 * asked for again, with half as many entries.
 */
export async function fitPage<P extends Page>(
  limits: Pick<Limits, 'messageBytes' | 'pageEntries'>,
  limit: number | undefined,
  ask: (limit: number) => Promise<P>,
): Promise<P> {
  const page = await ask(Math.min(limit ?? MAX_PAGE_SIZE, limits.pageEntries));
  if (page.entries.length <= 1 || fits(page, limits.messageBytes - REST_BYTES)) return page;
  return fitPage(limits, page.entries.length >> 1, ask);
}

/** Most pages are small, and that is seen without making the text twice. */
function fits(page: Page, bytes: number): boolean {
  let most = 0;
  for (const { path, version = '' } of page.entries) most += ENTRY_BYTES + path.length + 6 * version.length;
  return most <= bytes || Buffer.byteLength(JSON.stringify(page)) <= bytes;
}
