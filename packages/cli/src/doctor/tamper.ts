/** Query parameters that carry signatures: S3 (v4, v2), GCS, Azure, Swift, CloudFront. */
const SIGNATURES = ['X-Amz-Signature', 'X-Goog-Signature', 'Signature', 'sig', 'temp_url_sig'];

/** The same URL with another signature of the same form; undefined when it has none that is known. */
export function tamper(url: URL): URL | undefined {
  const name = SIGNATURES.find((each) => url.searchParams.has(each));
  const signature = name === undefined ? null : url.searchParams.get(name);
  if (name === undefined || signature === null || signature === '') return undefined;
  const other = new URL(url);
  // Hexadecimal stays so, and so does Base64: the first character carries whole bits.
  other.searchParams.set(name, (signature.startsWith('a') ? 'b' : 'a') + signature.slice(1));
  return other;
}
