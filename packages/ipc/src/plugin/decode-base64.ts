import { ErrorCodes, ResponseError } from 'vscode-jsonrpc/node';

/**
 * The bytes of base64 in a request.
 *
 * @param field - of the params, for the error
 * @throws ResponseError -32602 for a text that is none
 */
export function decodeBase64(text: string, field: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  // Node leaves out what it does not understand, and the length shows it.
  if (text.length % 4 === 0 && bytes.length === Buffer.byteLength(text, 'base64')) return bytes;
  throw new ResponseError(ErrorCodes.InvalidParams, `params.${field}: not base64 with padding`);
}
