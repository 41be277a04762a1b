/** A text as a quoted string of a header (RFC 9110, 5.6.4), in bytes of UTF-8, as Go writes it. */
export function quote(text: string): string {
  const safe = text.replace(/["\\]/g, '\\$&').replace(/\p{Cc}/gu, escapeControl);
  return `"${Buffer.from(safe, 'utf8').toString('latin1')}"`;
}

function escapeControl(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
