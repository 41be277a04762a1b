/** What a connection string of an account says, as far as the driver wants to know. */
export interface ConnectionString {
  readonly accountName: string;
  readonly accountKey: string;
  /** Of the blob service, without a slash at the end. */
  readonly serviceUrl: string;
}

/** The account of every emulator, which Microsoft publishes. */
const DEVELOPMENT: ConnectionString = {
  accountName: 'devstoreaccount1',
  accountKey: 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==',
  serviceUrl: 'http://127.0.0.1:10000/devstoreaccount1',
};

/**
 * Reads a connection string with an account key.
 *
 * @returns what it says, or what is wrong with it, in words that quote nothing of it
 */
export function parseConnectionString(text: string): ConnectionString | { readonly problem: string } {
  const fields = toFields(text);
  if (fields.get('usedevelopmentstorage')?.toLowerCase() === 'true') return DEVELOPMENT;
  const accountName = fields.get('accountname');
  const accountKey = fields.get('accountkey');
  if (fields.has('sharedaccesssignature'))
    return { problem: 'has a shared access signature: only one with an AccountKey is supported' };
  if (!accountName || !accountKey) return { problem: 'must have an AccountName and an AccountKey' };
  const protocol = fields.get('defaultendpointsprotocol') ?? 'https';
  const suffix = fields.get('endpointsuffix') ?? 'core.windows.net';
  const serviceUrl = fields.get('blobendpoint') ?? `${protocol}://${accountName}.blob.${suffix}`;
  if (!URL.canParse(serviceUrl)) return { problem: 'has a BlobEndpoint that is no URL' };
  return { accountName, accountKey, serviceUrl: serviceUrl.replace(/\/+$/, '') };
}

/** Keys end at the first `=`: those of accounts are base64. */
function toFields(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const part of text.split(';')) {
    const end = part.indexOf('=');
    if (end > 0) fields.set(part.slice(0, end).trim().toLowerCase(), part.slice(end + 1).trim());
  }
  return fields;
}
