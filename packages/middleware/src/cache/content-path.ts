/** Content that a path names by its digest, and that can therefore never change. */
export interface NamedContent {
  readonly algorithm: 'sha256' | 'sha512';
  readonly hex: string;
}

const HEX = '([0-9a-f]{64}|[0-9a-f]{128})';

/** `…/blobs/<algorithm>/<first two digits>/<hex>`, with `/data` below it: Distribution's layout. */
const DISTRIBUTION = new RegExp(`/blobs/(sha256|sha512)/([0-9a-f]{2})/${HEX}(/data)?$`);

/** `<name>/blobs/<algorithm>/<hex>`: an OCI image layout. */
const OCI_LAYOUT = new RegExp(`/blobs/(sha256|sha512)/${HEX}$`);

/** What lies at a path; undefined for all that may change: tags, links, uploads, `index.json`. */
export function contentAt(path: string): NamedContent | undefined {
  const [, algorithm, start, hex, data] = DISTRIBUTION.exec(path) ?? [];
  if (data !== undefined) return hex?.startsWith(start ?? '') === true ? named(algorithm, hex) : undefined;
  const [, ociAlgorithm, ociHex] = OCI_LAYOUT.exec(path) ?? [];
  return named(ociAlgorithm, ociHex);
}

/** As {@link contentAt}, for the directory of a blob too, which goes with it. */
export function contentAtOrBelow(path: string): NamedContent | undefined {
  return contentAt(path) ?? contentAt(`${path}/data`);
}

const DIGITS = { sha256: 64, sha512: 128 } as const;

function named(algorithm: string | undefined, hex: string | undefined): NamedContent | undefined {
  if ((algorithm !== 'sha256' && algorithm !== 'sha512') || hex?.length !== DIGITS[algorithm])
    return undefined;
  return { algorithm, hex };
}
