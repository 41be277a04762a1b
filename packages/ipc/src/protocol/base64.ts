/** The bytes of padded base64 (RFC 4648 section 4); undefined for a text that is none. */
export function fromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  // Node leaves out what it does not understand, and the length shows it.
  return text.length % 4 === 0 && bytes.length === Buffer.byteLength(text, 'base64') ? bytes : undefined;
}
