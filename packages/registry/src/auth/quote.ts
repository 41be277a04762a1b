/**
 * A text as a quoted string of a header (RFC 9110, 5.6.4). What is not ASCII, which nobody should configure, is percent-encoded:
 * Node writes a header in an encoding that depends on the body.
 */
export function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replace(/[^\x20-\x7e]/gu, encodeURIComponent)}"`;
}
