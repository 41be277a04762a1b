export interface ViolationDetails {
  /** The chapter of docs/protocol, maybe with a section, that says how it should be. Default: framing.md. */
  readonly see?: string;
  readonly cause?: unknown;
}

/**
 * The peer sent something that the protocol does not allow. The connection is over: there is no way back into step. The
 * message is for the author of the peer: it says what came and where the document says what should have come.
 */
export class ProtocolViolation extends Error {
  override readonly name = 'ProtocolViolation';

  constructor(message: string, { see = 'framing.md', cause }: ViolationDetails = {}) {
    super(`${message} (see docs/protocol/${see})`, cause === undefined ? {} : { cause });
  }
}

/** Foreign bytes in a form that is safe to print: control characters escaped, at most `limit` of them. */
export function quoteBytes(bytes: Uint8Array, limit = 200): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, limit)).toString(
    'latin1',
  );
  const more = bytes.byteLength > limit ? '...' : '';
  return `"${text.replace(/[^\x20-\x7e]/g, escapeCharacter)}${more}"`;
}

function escapeCharacter(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
