interface Page {
  readonly entries: readonly { readonly path: string; readonly version?: string | undefined }[];
}

/** Room for the cursor and the message around a page. */
const REST_BYTES = 32 * 1024;
/** Names and values of the other fields of an entry. */
const ENTRY_BYTES = 128;

/**
 * A page whose message is not too large. A full page of long paths is: it is asked for again, with half as many entries.
 */
export async function fitPage<P extends Page>(
  messageBytes: number,
  limit: number | undefined,
  ask: (limit: number | undefined) => Promise<P>,
): Promise<P> {
  const page = await ask(limit);
  if (page.entries.length <= 1 || fits(page, messageBytes - REST_BYTES)) return page;
  return fitPage(messageBytes, page.entries.length >> 1, ask);
}

/** Most pages are small, and that is seen without making the text twice. */
function fits(page: Page, bytes: number): boolean {
  let most = 0;
  for (const { path, version = '' } of page.entries) most += ENTRY_BYTES + path.length + 6 * version.length;
  return most <= bytes || Buffer.byteLength(JSON.stringify(page)) <= bytes;
}
