const MASK = '***';

/** `user:password@` in a URL. */
const USERINFO = /(:\/\/)[^\s/"'@\\]+@/g;
/** What makes a URL a key to what it names: signatures of S3, GCS, Azure, Swift, CloudFront, and tokens. */
const SIGNATURES =
  /([?&;](?:X-Amz-(?:Signature|Credential|Security-Token)|X-Goog-(?:Signature|Credential)|AWSAccessKeyId|GoogleAccessId|Signature|Policy|Key-Pair-Id|sig|temp_url_sig|token|access_token)=)[^&\s"'\\]+/gi;
/** The token of an upload is signed: who has it can write to the upload. */
const UPLOAD_STATE = /(_state=)[^&\s"'\\]+/g;
const HEADERS = /((?:proxy-)?authorization|(?:set-)?cookie)(\\?["']?\s*[:=]\s*\[?\\?["']?)[^"'\\\]\n]+/gi;
const CREDENTIALS = /\b(Bearer|Basic) [A-Za-z0-9._~+/=-]{6,}/g;

/**
 * A line of the log without what opens a door: credentials in headers and URLs, signed queries, tokens of uploads. The line may
 * be JSON, and stays it. Most lines have nothing that could be one, and are looked at no further.
 */
export function maskSecrets(line: string): string {
  let masked = line;
  if (line.includes('://')) masked = masked.replace(USERINFO, `$1${MASK}@`);
  if (line.includes('?')) masked = masked.replace(SIGNATURES, `$1${MASK}`);
  if (line.includes('_state=')) masked = masked.replace(UPLOAD_STATE, `$1${MASK}`);
  if (line.includes('uthorization') || line.includes('ookie'))
    masked = masked.replace(HEADERS, `$1$2${MASK}`);
  if (line.includes('Bearer ') || line.includes('Basic ')) masked = masked.replace(CREDENTIALS, `$1 ${MASK}`);
  return masked;
}
